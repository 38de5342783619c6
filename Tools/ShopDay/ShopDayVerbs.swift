import CommandLineClient
import Foundation

extension Program {
  /// The maker of the example day and its player.
  static let shopday = Program(
    name: "shopday", about: "a shop's day that is played against a running service of Scrip, and checked.",
    version: "0.1.0", verbs: ShopDayVerbs.all)
}

/// What `shopday` does.
enum ShopDayVerbs {
  /// Every verb, in the order in which help lists them.
  static let all: [Verb] = [
    Verb(
      "generate", [], "write a shop's day: catalogue, coupons and checkouts",
      details: "The same seed and number of checkouts give the same files, byte for byte.",
      flags: [
        .value("seed", "N", usual: "1", "Where the day's chances come from."),
        .value("checkouts", "N", usual: "4000", "How many checkouts the day has."),
        .value("out", "FOLDER", usual: "examples", "Where the files go."),
      ], run: generate),
    Verb(
      "play", ["FOLDER"], "play a shop's day against a running service, and check that everything adds up",
      details: """
        Makes the day's coupons under a prefix of their own, plays the checkouts at once and by many customers, and \
        then asks the service about everything that it has acknowledged. Exits with 5 if anything is off.
        """,
      flags: [
        .value("concurrency", "N", usual: "32", "How many customers act at once."),
        .value(
          "speed", "FACTOR", usual: "max", "How many times faster than the day; max does not wait at all."),
        .value(
          "prefix", "TEXT", "What codes, orders and customers of this run begin with; otherwise a new one."),
        .option(
          "outlive-locks", "Let late payers really wait until their lock is over: about a minute more."),
      ] + Flag.client, run: PlayVerb.play),
  ]

  static let catalogueFile = "catalogue.json"
  static let couponsFile = "coupons.ndjson"
  static let checkoutsFile = "checkouts.ndjson"

  @Sendable static func generate(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let seed = try invocation.requiredInteger("seed", in: 0...Int.max)
    let count = try invocation.requiredInteger("checkouts", in: 1...1_000_000)
    let folder = try invocation.required("out")
    let day = ShopDay(seed: UInt64(seed), checkouts: count)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for (name, text) in files(of: day) {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
    } catch {
      throw .failure("\(folder) can't be written: \(reason(of: error))")
    }
    console.print("\(count) checkouts and \(day.coupons.count) coupons are in \(folder).")
  }

  /// The files of a day, by name.
  static func files(of day: ShopDay) -> [(String, String)] {
    [
      (catalogueFile, day.catalogue.json.text + "\n"),
      (couponsFile, day.coupons.map { $0.json.text + "\n" }.joined()),
      (checkoutsFile, day.checkouts.map { $0.json.text + "\n" }.joined()),
    ]
  }
}
