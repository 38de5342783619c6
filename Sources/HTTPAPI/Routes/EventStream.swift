import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip
import Synchronization

/// Events as they happen, each a CloudEvent, as server-sent events (WHATWG HTML, section 9.2). An event's id is its position:
/// whoever comes back names the last one in `Last-Event-ID` and misses none.
///
/// A page of events is read when the one before it was taken, so a slow reader holds one page and no more; who takes none
/// for as long as answers may take is cut off.
struct EventStream: Sendable {
  /// How many are open at a time on one node.
  static let openMax = 100
  private static let eventsAtOnce = 100
  private static let pause = Duration.milliseconds(250)
  /// A word is sent after so long, lest somebody on the way takes the connection for dead.
  private static let silenceMax = Duration.seconds(15)

  private let exchange: Exchange
  private let types: [EventTypeName]
  private let start: Int64
  private let place: Count.Place

  /// - Parameters:
  ///   - types: only events of these; all of them if it is empty.
  ///   - start: behind which position it begins.
  /// - Throws: `overloaded` if too many are open.
  init(_ exchange: Exchange, types: [EventTypeName], after start: Int64) throws(Problem) {
    self.exchange = exchange
    self.types = types
    self.start = start
    guard let place = exchange.services.eventStreams.takePlace(of: Self.openMax) else {
      throw Problem(.overloaded, "\(Self.openMax) streams of events are open on this node.")
    }
    self.place = place
  }

  /// The answer, which goes on until somebody ends it.
  var reply: Reply {
    Reply(
      status: 200, contentType: "text/event-stream",
      headers: [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")],
      body: .stream(HTTPBodyStream { try await write(to: $0) }))
  }

  private func write(to output: HTTPBodyWriter) async throws {
    try await output.write(Array("retry: 1000\n\n".utf8))
    var position = start
    var written = ContinuousClock.now
    while !exchange.services.isShuttingDown.isRaised {
      // A key that was revoked meanwhile sees no more.
      _ = try await Doorkeeper(engine: exchange.engine).authenticate(exchange.request)
      let page = try await events(after: position)
      let bytes = text(of: page)
      if !bytes.isEmpty {
        try await output.write(bytes)
        written = .now
      }
      if let last = page.last {
        position = last.position
        continue
      }
      if written.duration(to: .now) > Self.silenceMax {
        try await output.write(Array(":\n\n".utf8))
        written = .now
      }
      try await Task.sleep(for: Self.pause)
    }
  }

  private func events(after position: Int64) async throws(Problem) -> [ShownEvent] {
    let filter = EventFilter(
      tenant: exchange.tenant, after: position, limit: Self.eventsAtOnce, bytes: PageLimit.bytesMax)
    return try await exchange.query { (store) throws(StoreFailure) in try store.shownEvents(filter) }
  }

  private func text(of page: [ShownEvent]) -> [UInt8] {
    var bytes: [UInt8] = []
    for event in page where types.isEmpty || types.contains(EventTypeName(event.type)) {
      bytes += "id: \(event.position)\nevent: \(event.type)\ndata: ".utf8
      // JSON as it is written here has no line breaks.
      bytes += JSONWriter.bytes(capacity: 2048) { CloudEvent(event, of: exchange.tenant).write(to: &$0) }
      bytes += "\n\n".utf8
    }
    return bytes
  }
}

/// How many of something there are.
final class Count: Sendable {
  /// One of them, until nobody has it any more: also that of an answer that is never written.
  final class Place: Sendable {
    private let count: Count

    fileprivate init(_ count: Count) { self.count = count }

    deinit { count.value.wrappingSubtract(1, ordering: .relaxed) }
  }

  private let value = Atomic(0)

  /// How many.
  var number: Int { value.load(ordering: .relaxed) }

  /// One more; nil if there are so many already.
  func takePlace(of most: Int) -> Place? {
    if value.wrappingAdd(1, ordering: .relaxed).newValue <= most { return Place(self) }
    value.wrappingSubtract(1, ordering: .relaxed)
    return nil
  }
}

/// Which events a stream is of.
struct EventStreamQuery: QueryForm {
  static let formName = "EventStreamQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var after: Int64?
  var types: [EventTypeName]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let after = walk.optional(
      "after", query?.after, .integer(0, to: .max),
      "Only behind this position; Last-Event-ID wins. Without either: what happens from now on.")
    let types = walk.optional(
      "types", query.map { $0.types.map(\.text).joined(separator: ",") }, .text(),
      "Only events of these types, with commas between them.")
    guard let after, let types else { return nil }
    let names = (types ?? "").split(separator: ",").map { EventTypeName(String($0)) }
    if let unknown = names.first(where: { EventTypes.named($0.text) == nil }) {
      walk.refuse("types", .invalidValue, "has no event type \(unknown.text)")
      return nil
    }
    return Self(after: after, types: names)
  }
}
