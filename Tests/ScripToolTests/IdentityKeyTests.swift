import Foundation
import Ledger
import Promotions
import SQLiteStore
import Scrip
import TestSupport
import Testing

@testable import CommandLineClient
@testable import ScripTool

@Suite struct `The identity key` {
  /// A data folder with a store, in a folder that goes with the test.
  private final class Place {
    let folder: DataFolder
    let store: any KeyedStore<WorkingSet>
    private let temporary = TemporaryFolder()

    init(_ store: (String) throws -> any KeyedStore<WorkingSet>, location: String? = nil) throws {
      let root = temporary.path
      let flags = location.map { ["--store", $0] } ?? []
      let request = try Parser(of: .scrip, environment: [:]).parse(["serve", "--data", root] + flags)
      guard case .run(let invocation) = request else { throw ToolError.failure("nothing to run") }
      folder = try DataFolder(invocation)
      self.store = try store(root)
    }

    func key(given text: String? = nil) throws -> [UInt8] { try folder.identityKey(given: text, for: store) }

    func loseKey() throws { try FileManager.default.removeItem(atPath: folder.identityKeyPath) }
  }

  private func local() throws -> Place { try Place { try SQLiteStore(path: $0 + "/scrip.db") } }

  private func message(_ body: () throws -> [UInt8]) -> String {
    do {
      _ = try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  private let digits = String(repeating: "5c", count: 32)

  @Test func `is made once and found again`() throws {
    let place = try local()
    let key = try place.key()
    #expect(key.count == 32)
    #expect(try place.key() == key)
    #expect(try place.store.identityCheck() != nil)
  }

  @Test func `that was lost is not made again`() throws {
    let place = try local()
    let key = try place.key()
    try place.loseKey()
    let refusal = message { try place.key() }
    #expect(refusal.contains("SCRIP_IDENTITY_KEY") && refusal.contains(place.folder.identityKeyPath))
    #expect(!FileManager.default.fileExists(atPath: place.folder.identityKeyPath))
    let hexadecimal = key.map { String(format: "%02x", $0) }.joined()
    #expect(try place.key(given: hexadecimal) == key)
  }

  @Test func `must be the one that the database was used with, given or kept`() throws {
    let place = try local()
    let key = try place.key()
    #expect(message { try place.key(given: digits) }.contains("another identity key"))
    try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: place.folder.identityKeyPath))
    #expect(message { try place.key() }.contains("another identity key"))
    try Data(key).write(to: URL(fileURLWithPath: place.folder.identityKeyPath))
    #expect(try place.key() == key)
  }

  @Test(arguments: [0, 1, 31, 33])
  func `of another length is a wrong key, and what to do is said`(length: Int) throws {
    for isInUse in [false, true] {
      let place = try local()
      if isInUse {
        _ = try place.key()
      } else {
        try FileManager.default.createDirectory(
          atPath: place.folder.path, withIntermediateDirectories: true)
      }
      let damaged = Data(repeating: 7, count: length)
      try damaged.write(to: URL(fileURLWithPath: place.folder.identityKeyPath))
      let failure = #expect(throws: ToolError.self) { try place.key() }
      guard case .usage(let words) = failure else {
        Issue.record("\(String(describing: failure)) is no mistake of whoever starts it")
        continue
      }
      #expect(words.contains("holds \(length) bytes") && words.contains("SCRIP_IDENTITY_KEY"))
      #expect(FileManager.default.contents(atPath: place.folder.identityKeyPath) == damaged)
    }
  }

  @Test func `that is given from the start is remembered, and nothing is kept in the folder`() throws {
    let place = try local()
    #expect(try place.key(given: digits).count == 32)
    #expect(!FileManager.default.fileExists(atPath: place.folder.identityKeyPath))
    #expect(message { try place.key() }.contains("no identity key"))
    #expect(try place.key(given: digits).count == 32)
  }

  @Test func `of a database without a check value is adopted, and missed if there are coupons`() async throws
  {
    let place = try local()
    let clock = ManualClock()
    let shop = try await EngineUnderTest(store: place.store, clock: clock)
    let key = Data(repeating: 9, count: 32)
    _ = try await shop.coupon(.percent(), .of("TEN"))
    await shop.stop()
    #expect(message { try place.key() }.contains("no identity key"))
    try key.write(to: URL(fileURLWithPath: place.folder.identityKeyPath))
    #expect(try place.key() == Array(key))
    #expect(message { try place.key(given: digits) }.contains("another identity key"))
  }

  @Test(.enabled(if: TestDatabase.server != nil))
  func `of first starts on one database is one, and who comes late leaves no key behind`() async throws {
    let database = try TestDatabase()
    let places = try (0..<4).map { _ in
      try Place({ _ in try database.store() }, location: database.url)
    }
    let folders = places.map { ($0.folder, $0.store) }
    let keys = await withTaskGroup(of: [UInt8]?.self) { group in
      for (folder, store) in folders { group.addTask { try? folder.identityKey(given: nil, for: store) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let winners = keys.compactMap(\.self)
    #expect(winners.count == 1)
    let kept = places.filter { FileManager.default.fileExists(atPath: $0.folder.identityKeyPath) }
    #expect(kept.count == 1)
    for place in places {
      if place === kept.first {
        #expect(try place.key() == winners.first)
      } else {
        #expect(message { try place.key() }.contains("no identity key"))
      }
    }
  }
}
