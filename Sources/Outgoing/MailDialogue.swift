import CCurl

/// What is said to a mail server, what it answers to what, and for how long it has said nothing. Only the call's thread
/// uses it.
///
/// libcurl knows one limit of time for a connection with all that is said before the mail, and takes the reply to `QUIT` for
/// the last word.
@safe final class MailDialogue {
  private let handle: Handle
  private let traffic: Traffic
  private let patience: MailPatience
  private let start = ContinuousClock.now
  private var lastSign: ContinuousClock.Instant
  private var signs = 0
  /// The words that were said, each with the number of lines that had come before.
  private var commands: [(name: String, linesBefore: Int)] = []  // String: commands of SMTP
  /// What was waited for too long.
  private(set) var overdue: MailReply.Step?

  init(_ handle: Handle, _ traffic: Traffic, _ patience: MailPatience) {
    self.handle = handle
    self.traffic = traffic
    self.patience = patience
    lastSign = start
  }

  typealias Listener =
    @convention(c) (
      UnsafeMutableRawPointer?, curl_infotype, UnsafeMutablePointer<CChar>?, Int, UnsafeMutableRawPointer?
    ) -> CInt

  typealias Watcher =
    @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> CInt

  static let listen: Listener = { _, kind, start, size, pointer in
    // What follows the first word may be an address or a password, and is not looked at.
    guard kind == CURLINFO_HEADER_OUT, let pointer = unsafe pointer else { return 0 }
    let dialogue = unsafe Unmanaged<MailDialogue>.fromOpaque(pointer).takeUnretainedValue()
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: min(size, 4))
    dialogue.say(unsafe String(decoding: bytes, as: UTF8.self))
    return 0
  }

  /// Another number than 0 ends the call.
  static let watch: Watcher = { pointer, _, _, _, sent in
    guard let pointer = unsafe pointer else { return 0 }
    let dialogue = unsafe Unmanaged<MailDialogue>.fromOpaque(pointer).takeUnretainedValue()
    return dialogue.isTooLong(sent: Int(sent)) ? 1 : 0
  }

  /// Whether all that there was to send was taken to be sent.
  var hasGivenAll: Bool { traffic.hasGivenAll }

  /// Whether the answers were longer than they may be.
  var isOverfull: Bool { traffic.isOverfull }

  private func say(_ name: String) { commands.append((name, traffic.head.count)) }

  /// Whether there has been no sign of the server for longer than it may be silent now.
  private func isTooLong(sent: Int) -> Bool {
    let now = ContinuousClock.now
    let isConnected = handle.isConnected
    let signs = traffic.head.count + commands.count + sent + (isConnected ? 1 : 0)
    if signs != self.signs {
      self.signs = signs
      lastSign = now
    }
    let limit: Duration
    if !isConnected {
      limit = patience.connecting
    } else if isOver {
      limit = patience.parting
    } else if traffic.hasGivenAll {
      limit = patience.taking
    } else {
      limit = patience.replying
    }
    guard now - lastSign > limit || now - start > patience.total else { return false }
    if overdue == nil && !isOver { overdue = step }
    return true
  }

  /// Whether all is said but the farewell.
  private var isOver: Bool { commands.last?.name == "QUIT" }

  private var beforeFarewell: ArraySlice<(name: String, linesBefore: Int)> {
    commands.prefix { $0.name != "QUIT" }
  }

  /// How far it has come.
  private var step: MailReply.Step {
    switch beforeFarewell.last?.name {
    case "MAIL": .sender
    case "RCPT": .recipient
    case "DATA": .mail
    default: .opening
    }
  }

  /// The last reply that is not the farewell's; nil if nothing was said, or not to what was asked last.
  var reply: MailReply? {
    let farewell = commands.first { $0.name == "QUIT" }
    let lines = traffic.head[
      (beforeFarewell.last?.linesBefore ?? 0)..<(farewell?.linesBefore ?? traffic.head.count)
    ]
    .map { String(decoding: $0, as: UTF8.self) }
    guard let last = lines.last, let code = Int(last.prefix(3)), last.dropFirst(3).first != "-" else {
      return nil
    }
    return MailReply(code: code, to: step, lines: lines.map { String($0.prefix { !$0.isNewline }) })
  }
}
