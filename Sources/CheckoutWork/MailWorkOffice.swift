import Dispatch
import Mail

/// Who sends the mails of this service, and in whose name.
public struct MailOffice: Sendable {
  /// The address that mails come from where a tenant has none of its own.
  public let address: MailAddress
  /// What does the sending; nil if nobody has said.
  private let sender: (any MailSender)?
  /// What does it while somebody waits for it.
  private let tester: (any MailSender)?
  private let queue = DispatchQueue(label: "mail", attributes: .concurrent)
  /// One after the other: what a tenant has written may take a while to be filled in, and has one thread for it.
  private let desk = DispatchQueue(label: "mail writing")

  /// Opens an office.
  ///
  /// - Parameters:
  ///   - sender: nil for a service that was not told how: its mails wait, and operators see why.
  ///   - tester: sends as `sender` does, with less patience: for whoever waits for it. Nil for the same.
  public init(_ sender: (any MailSender)?, testing tester: (any MailSender)? = nil, address: MailAddress) {
    self.sender = sender
    self.tester = tester ?? sender
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
  public func send(_ message: MailMessage) async -> MailOutcome { await send(message, by: sender) }

  /// Hands a mail over for somebody who waits for it.
  public func test(_ message: MailMessage) async -> MailOutcome { await send(message, by: tester) }

  /// Reads and fills in templates on a thread that has nothing else to do.
  public func writing<Result: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let result: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
      desk.async {
        do throws(Failure) { continuation.resume(returning: .success(try body())) } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  private func send(_ message: MailMessage, by sender: (any MailSender)?) async -> MailOutcome {
    guard let sender else {
      return .misconfigured(
        reason: "This service has no mail server: start it with --smtp or --mail-folder.")
    }
    return await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: sender.send(message)) }
    }
  }
}
