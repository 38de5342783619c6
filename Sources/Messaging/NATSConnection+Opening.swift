import CNATS
import Digest
import Ledger

extension NATSConnection {
  static func connect(
    _ settings: NATSSettings, as name: String
  ) throws(CarrierFailure) -> OpaquePointer {
    var options = unsafe OpaquePointer?.none
    try check(unsafe natsOptions_Create(&options), "no connection can be prepared")
    defer { unsafe natsOptions_Destroy(options) }
    try check(unsafe natsOptions_SetName(options, name), "the name of the broker can't be used")
    unsafe try apply(settings, to: options)
    var connection = unsafe OpaquePointer?.none
    let status = unsafe natsConnection_Connect(&connection, options)
    guard status == NATS_OK, let connection = unsafe connection else {
      throw CarrierFailure("the broker is not reached: \(text(of: status))")
    }
    return unsafe connection
  }

  private static func apply(_ settings: NATSSettings, to options: OpaquePointer?) throws(CarrierFailure) {
    func set(_ status: natsStatus, _ what: String) throws(CarrierFailure) {
      try check(status, "\(what) of the broker can't be used")
    }
    try set(unsafe setServers(settings.servers, options), "the address")
    try set(unsafe natsOptions_SetAllowReconnect(options, false), "the settings")
    try set(unsafe natsOptions_SetTimeout(options, 5000), "the settings")
    try set(unsafe natsOptions_SetPingInterval(options, 5000), "the settings")
    try set(unsafe natsOptions_SetMaxPingsOut(options, 2), "the settings")
    try set(unsafe natsOptions_SetWriteDeadline(options, 10_000), "the settings")
    if let file = settings.credentials {
      try set(unsafe natsOptions_SetUserCredentialsFromFiles(options, file, nil), "the credentials")
    }
    if let user = settings.user {
      try set(unsafe natsOptions_SetUserInfo(options, user.name, user.password.revealed), "the user")
    }
    if let file = settings.trustedCertificates {
      try set(unsafe natsOptions_SetSecure(options, true), "TLS")
      try set(unsafe natsOptions_LoadCATrustedCertificates(options, file), "the certificates")
    }
    if let own = settings.ownCertificate {
      try set(unsafe natsOptions_SetSecure(options, true), "TLS")
      try set(
        unsafe natsOptions_LoadCertificatesChain(options, own.certificate, own.key), "the own certificate")
    }
    if let host = settings.tlsHost {
      try set(unsafe natsOptions_SetSecure(options, true), "TLS")
      try set(unsafe natsOptions_SetExpectedHostname(options, host), "TLS")
    }
  }

  /// The library keeps copies of the addresses.
  private static func setServers(_ servers: [String], _ options: OpaquePointer?) -> natsStatus {
    func set(_ rest: ArraySlice<String>, _ texts: [UnsafePointer<CChar>?]) -> natsStatus {
      guard let first = rest.first else {
        var texts = unsafe texts
        return unsafe natsOptions_SetServers(options, &texts, Int32(texts.count))
      }
      return unsafe first.withCString { unsafe set(rest.dropFirst(), texts + [$0]) }
    }
    return unsafe set(servers[...], [])
  }

  /// What JetStream is spoken to with.
  ///
  /// - Parameter words: who hears what becomes of messages that are sent; nil where none are.
  static func context(
    of connection: OpaquePointer, _ words: NATSWords? = nil
  ) throws(CarrierFailure) -> OpaquePointer {
    var options = unsafe jsOptions()
    unsafe jsOptions_Init(&options)
    unsafe options.Wait = 5000
    if let words {
      unsafe options.PublishAsync.AckHandler = NATSWords.take
      unsafe options.PublishAsync.AckHandlerClosure = UnsafeMutableRawPointer(bitPattern: words.number)
    }
    var context = unsafe OpaquePointer?.none
    try check(unsafe natsConnection_JetStream(&context, connection, &options), "the broker has no JetStream")
    guard let context = unsafe context else { throw CarrierFailure("the broker has no JetStream") }
    return unsafe context
  }

  /// Finds the stream, and makes it if it is missing. One that is there stays as its operator has made it.
  ///
  /// - Returns: how many messages it has ever had, whatever became of them.
  func findStream() throws(CarrierFailure) -> Int64 {
    var (info, code) = (unsafe UnsafeMutablePointer<jsStreamInfo>?.none, jsErrCode(rawValue: 0))
    defer { unsafe jsStreamInfo_Destroy(info) }
    let found = unsafe js_GetStreamInfo(&info, context, settings.stream, nil, &code)
    if found == NATS_OK, let info = unsafe info {
      return Int64(clamping: unsafe info.pointee.State.LastSeq)
    }
    guard found == NATS_NOT_FOUND || code == JSStreamNotFoundErr else {
      throw failure(
        found, "the stream \(settings.stream) can't be looked at", asking: "STREAM.INFO.\(settings.stream)")
    }
    let made = unsafe settings.stream.withCString { name in
      unsafe "\(settings.subject).>".withCString { subject in
        var subjects = unsafe [UnsafePointer<CChar>?.some(subject)]
        return unsafe subjects.withUnsafeMutableBufferPointer { subjects in
          var configuration = unsafe jsStreamConfig()
          unsafe jsStreamConfig_Init(&configuration)
          unsafe configuration.Name = name
          unsafe configuration.Subjects = subjects.baseAddress
          unsafe configuration.SubjectsLen = 1
          unsafe configuration.Storage = js_FileStorage
          unsafe configuration.MaxAge = NATSConnection.keptNanoseconds
          unsafe configuration.Duplicates = NATSConnection.duplicatesNanoseconds
          return unsafe js_AddStream(nil, context, &configuration, nil, &code)
        }
      }
    }
    if made != NATS_OK {
      throw failure(
        made, "the stream \(settings.stream) can't be made", asking: "STREAM.CREATE.\(settings.stream)")
    }
    return 0
  }

  /// The last message that the stream keeps under subjects; nil if it keeps none.
  func lastBody(under subjects: String) throws(CarrierFailure) -> [UInt8]? {
    var (message, code) = (unsafe OpaquePointer?.none, jsErrCode(rawValue: 0))
    defer { unsafe natsMsg_Destroy(message) }
    let status = unsafe js_GetLastMsg(&message, context, settings.stream, subjects, nil, &code)
    if status == NATS_NOT_FOUND || code == JSNoMessageFoundErr { return nil }
    guard status == NATS_OK else {
      throw failure(
        status, "the stream \(settings.stream) has lost messages, and what it keeps can't be looked at",
        asking: "STREAM.MSG.GET.\(settings.stream)")
    }
    let length = unsafe Int(natsMsg_GetDataLength(message))
    return unsafe natsMsg_GetData(message).map { data in
      unsafe Array(UnsafeRawBufferPointer(start: data, count: length))
    } ?? []
  }

  private func failure(_ status: natsStatus, _ what: String, asking: String) -> CarrierFailure {
    unsafe NATSConnection.failure(status, what, on: connection, asking: asking)
  }

  /// What failed of a question to JetStream. To one that a user may not ask there is no answer at all.
  static func failure(
    _ status: natsStatus, _ what: String, on connection: OpaquePointer, asking: String
  ) -> CarrierFailure {
    let missing =
      status == NATS_TIMEOUT || status == NATS_NO_RESPONDERS
      ? unsafe whatIsMissing(on: connection, toPublish: "$JS.API.\(asking)") : ""
    return CarrierFailure("\(what): \(text(of: status))\(missing)")
  }

  /// What a user may lack who is not answered.
  static func whatIsMissing(on connection: OpaquePointer, toPublish subject: String) -> String {
    var words = unsafe UnsafePointer<CChar>?.none
    _ = unsafe natsConnection_GetLastError(connection, &words)
    let said = unsafe words.map { unsafe String(cString: $0) } ?? ""
    if said.contains("ermission") { return " (the broker says: \(said))" }
    return " (the user needs to publish to \(subject) and to subscribe to _INBOX.>)"
  }

  /// What a user may lack whose messages are not answered.
  func whatIsMissing(toPublish subject: String) -> String {
    unsafe NATSConnection.whatIsMissing(on: connection, toPublish: subject)
  }

  /// What a stream keeps that is made here: messages for a week, their identifiers for ten minutes.
  private static let keptNanoseconds: Int64 = 7 * 86_400 * 1_000_000_000
  private static let duplicatesNanoseconds: Int64 = 600 * 1_000_000_000

  static func check(_ status: natsStatus, _ what: String) throws(CarrierFailure) {
    if status != NATS_OK { throw CarrierFailure("\(what): \(text(of: status))") }
  }

  /// The library's words for a status, with the details that this thread's last call left.
  static func text(of status: natsStatus) -> String {
    let general = unsafe String(cString: natsStatus_GetText(status))
    var last = NATS_OK
    guard let detail = unsafe nats_GetLastError(&last), last == status else { return general }
    let words = unsafe String(cString: detail)
    return words.isEmpty ? general : "\(general): \(words)"
  }
}

extension NATSSettings {
  /// The name that a server has to prove; nil without TLS, and for an address.
  fileprivate var tlsHost: String? {
    guard let first = servers.first, first.hasPrefix("tls://") else { return nil }
    let place = first.dropFirst("tls://".count).split(separator: "@").last ?? ""
    if place.hasPrefix("[") { return nil }
    return place.split(separator: ":").first.map(String.init)
  }
}
