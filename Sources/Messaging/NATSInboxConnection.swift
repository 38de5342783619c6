import CNATS
import Ledger

/// A connection to a broker with a subscription of the durable consumer, and the messages that are under way.
///
/// One thread uses it at a time: the inbox's queue.
@safe final class NATSInboxConnection {
  private static let durable = "scrip"
  private static let waitMilliseconds: Int64 = 1000
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
      try unsafe NATSInboxConnection.prepare(connection, context, stream, filter)
      unsafe subscription = try NATSInboxConnection.subscribe(connection, context, stream, filter)
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

  /// The durable consumer is made if it is missing, and stays when nobody is there. One that was made otherwise gets this
  /// service's time for a word, but not its filter: brokers before 2.10 take the change and pass over messages from then on.
  private static func prepare(
    _ connection: OpaquePointer, _ context: OpaquePointer?, _ stream: String, _ filter: String
  ) throws(CarrierFailure) {
    var (info, code) = (unsafe UnsafeMutablePointer<jsConsumerInfo>?.none, jsErrCode(rawValue: 0))
    defer { unsafe jsConsumerInfo_Destroy(info) }
    let found = unsafe js_GetConsumerInfo(&info, context, stream, durable, nil, &code)
    if code == JSStreamNotFoundErr {
      throw CarrierFailure(
        "there is no stream \(stream): it is made by whoever sends, and not by this service")
    }
    var configuration = unsafe jsConsumerConfig()
    _ = unsafe jsConsumerConfig_Init(&configuration)
    unsafe configuration.AckPolicy = js_AckExplicit
    if found == NATS_OK, let known = unsafe info?.pointee.Config?.pointee {
      try unsafe check(known, of: stream, filter)
      if unsafe known.AckWait == answerNanoseconds { return }
      unsafe configuration = known
    } else if found != NATS_NOT_FOUND, code != JSConsumerNotFoundErr {
      throw unsafe NATSConnection.failure(
        found, "the consumer \(durable) of the stream \(stream) can't be looked at", on: connection,
        asking: "CONSUMER.INFO.\(stream).\(durable)")
    }
    let status = unsafe durable.withCString { name in
      unsafe filter.withCString { filter in
        unsafe configuration.Durable = name
        unsafe configuration.FilterSubject = filter
        unsafe configuration.AckWait = answerNanoseconds
        return unsafe js_AddConsumer(nil, context, stream, &configuration, nil, &code)
      }
    }
    if status != NATS_OK {
      let what =
        found == NATS_OK
        ? "the consumer \(durable) of the stream \(stream) waits for a word for another time than 60 s, and the broker does not change it. \(remove(from: stream))"
        : "the consumer \(durable) of the stream \(stream) can't be made for \(filter)"
      throw unsafe NATSConnection.failure(
        status, what, on: connection, asking: "CONSUMER.DURABLE.CREATE.\(stream).\(durable)")
    }
  }

  /// Refuses a consumer that can't be used as this one is.
  private static func check(
    _ known: jsConsumerConfig, of stream: String, _ filter: String
  ) throws(CarrierFailure) {
    let subject = unsafe known.FilterSubject.map { unsafe String(cString: $0) } ?? ""
    let fault: String? =
      if unsafe known.DeliverSubject.map({ unsafe $0.pointee != 0 }) ?? false {
        "pushes its messages"
      } else if unsafe known.AckPolicy != js_AckExplicit {
        "takes no word for each message"
      } else if (subject.isEmpty ? ">" : subject) != filter {
        "is for \(subject.isEmpty ? ">" : subject) and not for \(filter)"
      } else {
        nil
      }
    guard let fault else { return }
    throw CarrierFailure(
      "the consumer \(durable) of the stream \(stream) \(fault), which brokers can't be relied on to change. \(remove(from: stream))"
    )
  }

  private static func remove(from stream: String) -> String {
    "Remove it (nats consumer rm \(stream) \(durable)): it is made anew, and messages that were taken are known again"
  }

  private static func subscribe(
    _ connection: OpaquePointer, _ context: OpaquePointer?, _ stream: String, _ filter: String
  ) throws(CarrierFailure) -> OpaquePointer? {
    var subscription = unsafe OpaquePointer?.none
    var code = jsErrCode(rawValue: 0)
    let status = unsafe stream.withCString { name in
      unsafe durable.withCString { consumer in
        var options = unsafe jsSubOptions()
        unsafe jsSubOptions_Init(&options)
        unsafe options.Stream = name
        unsafe options.Consumer = consumer
        return unsafe js_PullSubscribe(&subscription, context, filter, durable, nil, &options, &code)
      }
    }
    if status != NATS_OK {
      throw unsafe NATSConnection.failure(
        status, "the stream \(stream) can't be read under \(filter)", on: connection,
        asking: "CONSUMER.INFO.\(stream).\(durable)")
    }
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
      try checkPermissions()
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
      var received = NATSInbox.Received(subject: subject, body: bytes ?? [])
      var place = unsafe UnsafeMutablePointer<jsMsgMetaData>?.none
      if unsafe natsMsg_GetMetaData(&place, message) == NATS_OK, let place = unsafe place {
        received.sequence = unsafe place.pointee.Sequence.Stream
        received.deliveries = unsafe place.pointee.NumDelivered
        unsafe jsMsgMetaData_Destroy(place)
      }
      return received
    }
  }

  /// Whoever may not ask for messages hears nothing of it but here.
  private func checkPermissions() throws(CarrierFailure) {
    var words = unsafe UnsafePointer<CChar>?.none
    _ = unsafe natsConnection_GetLastError(connection, &words)
    let said = unsafe words.map { unsafe String(cString: $0) } ?? ""
    if said.contains("ermission") { throw CarrierFailure("no messages come: the broker says: \(said)") }
  }

  /// Tells the broker what is to become of the messages that came last. A word that is lost costs a repetition.
  func answer(_ words: [NATSInbox.Word]) {
    for (index, word) in words.prefix(Int(unsafe held.Count)).enumerated() {
      let message = unsafe held.Msgs[index]
      switch word {
      case .stored: _ = unsafe natsMsg_Ack(message, nil)
      case .later(let seconds): _ = unsafe natsMsg_NakWithDelay(message, seconds * 1000, nil)
      case .unwanted: _ = unsafe natsMsg_Term(message, nil)
      }
    }
    unsafe natsMsgList_Destroy(&held)
  }
}
