import Dispatch
import Mail

/// Who sends the mails of this service, and in whose name.
public struct MailOffice: Sendable {
  /// The address that mails come from where a tenant has none of its own.
  public let address: MailAddress
  /// What does the sending; nil if nobody has said.
  private let sender: (any MailSender)?
  private let queue = DispatchQueue(label: "mail", attributes: .concurrent)

  /// Opens an office.
  ///
  /// - Parameter sender: nil for a service that was not told how: its mails wait, and operators see why.
  public init(_ sender: (any MailSender)?, address: MailAddress) {
    self.sender = sender
    self.address = address
  }

  /// One that nobody works in.
  public static let closed: MailOffice = {
    guard let address = MailAddress("scrip@localhost") else {
      preconditionFailure("an address of this computer is an address")
    }
    return MailOffice(nil, address: address)
  }()

  /// Hands a mail over, on a thread that may be held up.
  public func send(_ message: MailMessage) async -> MailOutcome {
    guard let sender else {
      return .misconfigured(
        reason: "This service has no mail server: start it with --smtp or --mail-folder.")
    }
    return await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: sender.send(message)) }
    }
  }
}
