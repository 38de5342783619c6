import struct Scrip.StreamID

/// New events of a state, in order, and the heads that they go on from.
public struct LogTail: Sendable {
  /// New events with their payloads and hashes, in the order in which they happened.
  public var events: [ChainedEvent] = []
  /// The heads that new events go on from. A store refuses them where its log ends elsewhere: a gap would be there for
  /// ever.
  public private(set) var continued: [Owned<StreamID>: StreamHead] = [:]
  /// What events are about and the store does not have, although it must: nothing can be written.
  public var missing: String?  // String: words of ours
  /// Which forms new events are written in.
  public var forms = FormStep.newest
  private var begun: Set<Owned<StreamID>> = []

  /// No events.
  public init() {}

  /// What operators are to know of the new events.
  var notices: [Notice] {
    events.compactMap { chained in
      chained.event.fact.notice.map { Notice(kind: $0, place: chained.event.place) }
    }
  }

  /// Notes the head that the first new event of a stream goes on from; one that is empty can leave no gap.
  mutating func goOn(_ stream: Owned<StreamID>, from head: StreamHead) {
    if head.sequence > 0, continued[stream] == nil, !begun.contains(stream) { continued[stream] = head }
    if head.sequence == 0 { begun.insert(stream) }
  }
}
