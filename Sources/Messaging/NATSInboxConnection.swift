import CNATS
import Ledger

/// A connection to a broker with a subscription of the durable consumer, and the messages that are under way.
///
/// One thread uses it at a time: the inbox's queue.
@safe final class NATSInboxConnection {
  private static let durable = "scrip"
  private static let waitMilliseconds: Int64 = 1000
  private static let againMilliseconds: Int64 = 5000
  /// How long the broker waits for a word before it hands a message out again.
  private static let answerNanoseconds: Int64 = 60_000_000_000

  private let connection: OpaquePointer
  private let context: OpaquePointer
  private let subscription: OpaquePointer
  private var held = unsafe natsMsgList()

  init(_ settings: NATSSettings, stream: String, filter: String) throws(CarrierFailure) {
    let connection = unsafe try NATSConnection.connect(settings, as: "scrip inbox")
    var context = unsafe OpaquePointer?.none
    var subscription = unsafe OpaquePointer?.none
    do throws(CarrierFailure) {
      unsafe context = try NATSConnection.context(of: connection)
      unsafe subscription = try NATSInboxConnection.subscribe(context, stream, filter)
    } catch {
      unsafe jsCtx_Destroy(context)
      unsafe natsConnection_Destroy(connection)
      throw error
    }
    guard let context = unsafe context, let subscription = unsafe subscription else {
      unsafe natsConnection_Destroy(connection)
      throw CarrierFailure("the stream \(stream) can't be read")
    }
    unsafe self.connection = connection
    unsafe self.context = context
    unsafe self.subscription = subscription
  }

  deinit {
    unsafe natsMsgList_Destroy(&held)
    unsafe natsSubscription_Destroy(subscription)
    unsafe natsConnection_Close(connection)
    unsafe jsCtx_Destroy(context)
    unsafe natsConnection_Destroy(connection)
  }

  /// The durable consumer is made if it is missing, and stays when nobody is there.
  private static func subscribe(
    _ context: OpaquePointer?, _ stream: String, _ filter: String
  ) throws(CarrierFailure) -> OpaquePointer? {
    var subscription = unsafe OpaquePointer?.none
    var code = jsErrCode(rawValue: 0)
    let status = unsafe stream.withCString { name in
      var options = unsafe jsSubOptions()
      unsafe jsSubOptions_Init(&options)
      unsafe options.Stream = name
      unsafe options.Config.AckPolicy = js_AckExplicit
      unsafe options.Config.AckWait = NATSInboxConnection.answerNanoseconds
      return unsafe js_PullSubscribe(&subscription, context, filter, durable, nil, &options, &code)
    }
    try NATSConnection.check(status, "the stream \(stream) can't be read under \(filter)")
    return unsafe subscription
  }

  /// The messages that come within a second; none if none do.
  func fetch() throws(CarrierFailure) -> [NATSInbox.Received] {
    unsafe natsMsgList_Destroy(&held)
    var code = jsErrCode(rawValue: 0)
    let status = unsafe natsSubscription_Fetch(
      &held, subscription, NATSInbox.batchMax, NATSInboxConnection.waitMilliseconds, &code)
    if status == NATS_TIMEOUT {
      if unsafe natsConnection_IsClosed(connection) { throw CarrierFailure("the broker is gone") }
      return []
    }
    try NATSConnection.check(status, "no messages come")
    return (0..<Int(unsafe held.Count)).map { index in
      let message = unsafe held.Msgs[index]
      let subject = unsafe natsMsg_GetSubject(message).map { unsafe String(cString: $0) } ?? ""
      let length = unsafe Int(natsMsg_GetDataLength(message))
      let bytes = unsafe natsMsg_GetData(message).map { data in
        unsafe Array(UnsafeRawBufferPointer(start: data, count: length))
      }
      return NATSInbox.Received(subject: subject, body: bytes ?? [])
    }
  }

  /// Tells the broker what is to become of the messages that came last. A word that is lost costs a repetition.
  func answer(_ words: [NATSInbox.Word]) {
    for (index, word) in words.prefix(Int(unsafe held.Count)).enumerated() {
      let message = unsafe held.Msgs[index]
      switch word {
      case .stored: _ = unsafe natsMsg_Ack(message, nil)
      case .later: _ = unsafe natsMsg_NakWithDelay(message, NATSInboxConnection.againMilliseconds, nil)
      case .unwanted: _ = unsafe natsMsg_Term(message, nil)
      }
    }
    unsafe natsMsgList_Destroy(&held)
  }
}
