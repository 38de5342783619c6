import CNATS
import Digest
import Ledger
import Synchronization

/// A connection to a broker. It is never opened again after it was lost: then it is not known what has arrived.
///
/// One thread uses it at a time: the carrier's queue. Words of the broker come on the library's own threads and are kept in
/// ``NATSWords``.
@safe final class NATSConnection {
  /// What came of sending.
  struct Outcome {
    /// How many messages have arrived, from the first on.
    var arrived: Int
    /// Which place in the stream the last of them has.
    var number: Int64 = 0
    /// Why no more of them did; nil if all did.
    var failure: CarrierFailure?
  }

  private static let answerMilliseconds: Int64 = 10_000
  private static let lookMilliseconds: Int64 = 200

  let settings: NATSSettings
  let connection: OpaquePointer
  let context: OpaquePointer
  private let words: NATSWords
  private let payloadMax: Int
  /// How many messages the stream had ever had when this was opened.
  private(set) var opened: Int64 = 0
  /// What the broker is to have last.
  private var last: NATSPredecessor

  /// Connects, and makes the stream if it is missing.
  init(_ settings: NATSSettings) throws(CarrierFailure) {
    let connection = unsafe try NATSConnection.connect(settings, as: "scrip relay")
    let words = NATSWords()
    do throws(CarrierFailure) {
      unsafe context = try NATSConnection.context(of: connection, words)
    } catch {
      unsafe natsConnection_Destroy(connection)
      throw error
    }
    self.settings = settings
    unsafe self.connection = connection
    self.words = words
    payloadMax = unsafe Int(natsConnection_GetMaxPayload(connection))
    last = .number(0)
    opened = try findStream()
    last = .number(opened)
  }

  /// Whether it can't be used any more.
  var isLost: Bool { unsafe natsConnection_IsClosed(connection) }

  deinit {
    unsafe natsConnection_Close(connection)
    unsafe jsCtx_Destroy(context)
    unsafe natsConnection_Destroy(connection)
    words.end()
  }

  /// Sends messages, each of them behind the one before it, and waits for the broker's words.
  ///
  /// - Throws: `CarrierFailure` for a message that the broker can't take, if it is the first.
  func send(_ messages: [NATSMessage]) throws(CarrierFailure) -> Outcome {
    words.begin()
    var (last, sent, failure) = (last, 0, CarrierFailure?.none)
    for message in messages {
      do throws(CarrierFailure) { try publish(message, behind: last) } catch {
        failure = error
        break
      }
      last = .message(message.id)
      sent += 1
    }
    waitForWords()
    let arrived = messages.prefix(sent).prefix { words.hasArrived($0.id) }.count
    if arrived < sent {
      let next = messages[arrived]
      failure =
        words.failure(of: next.id)
        ?? CarrierFailure("the broker did not answer within 10 s\(whatIsMissing(toPublish: next.subject))")
    }
    guard arrived > 0 else { return Outcome(arrived: 0, failure: failure) }
    let reached = messages[arrived - 1].id
    self.last = .message(reached)
    return Outcome(arrived: arrived, number: words.number(of: reached), failure: failure)
  }

  private func publish(_ message: NATSMessage, behind last: NATSPredecessor) throws(CarrierFailure) {
    guard message.body.count <= payloadMax else {
      throw CarrierFailure(
        "the event \(message.id) has \(message.body.count) bytes, and the broker takes \(payloadMax) (max_payload): raise that, and the relay goes on",
        about: .event)
    }
    var made = unsafe OpaquePointer?.none
    let created = unsafe message.body.withUnsafeBytes { body in
      unsafe natsMsg_Create(
        &made, message.subject, nil, body.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(body.count))
    }
    try NATSConnection.check(created, "a message can't be made")
    defer { unsafe natsMsg_Destroy(made) }
    var headers = [
      (NATSWords.identifier, message.id), ("Nats-Expected-Stream", settings.stream),
      ("Content-Type", "application/cloudevents+json"),
    ]
    switch last {
    case .message(let id): headers.append(("Nats-Expected-Last-Msg-Id", id))
    case .number(let number): headers.append(("Nats-Expected-Last-Sequence", String(number)))
    }
    for (name, value) in headers {
      try NATSConnection.check(unsafe natsMsgHeader_Set(made, name, value), "a message can't be made")
    }
    try NATSConnection.check(
      unsafe js_PublishMsgAsync(context, &made, nil), "the broker takes no message")
  }

  /// Waits until the broker has said something of every message, for a bounded time.
  private func waitForWords() {
    var options = unsafe jsPubOptions()
    unsafe jsPubOptions_Init(&options)
    unsafe options.MaxWait = NATSConnection.lookMilliseconds
    for _ in 0..<(NATSConnection.answerMilliseconds / NATSConnection.lookMilliseconds) {
      if unsafe js_PublishAsyncComplete(context, &options) == NATS_OK { return }
      if unsafe natsConnection_IsClosed(connection) { return }
    }
  }
}

/// What a stream is to have last before a message.
enum NATSPredecessor {
  /// A message, by its name.
  case message(String)
  /// So many messages, whatever became of them.
  case number(Int64)
}
