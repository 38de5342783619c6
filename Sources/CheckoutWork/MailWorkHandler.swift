import Ledger
import Mail
import Promotions
import Scrip

/// Sends the mails that are due.
public enum MailWork {
  /// When a mail is tried again that nobody has taken: after 10 seconds at first, then ever more seldom, every hour at
  /// last, for about three days. Then an operator has to see to it.
  public static let retries = DueRetries(firstSeconds: 10, mostSeconds: 3600, attemptsMax: 80)
  /// How many mails a node sends at once. Each holds a thread, for as long as ``MailPatience`` has it wait.
  public static let underWayMax = 8
  /// After how many tries, about 40 minutes, an operator has to see to a mail service that is not set up right.
  static let misconfiguredAttemptsMax: Int64 = 9

  /// The handler of due mails.
  ///
  /// A mail is sent at least once, outside of any transaction, and then told of. If the node dies in between it is sent
  /// again, under the same name.
  public static func handler(
    _ engine: Engine, office: MailOffice, retries: DueRetries = retries
  ) -> DueHandler<WorkingSet> {
    let writer = MailWriter(engine, office: office)
    return DueHandler(
      .mail, retries: retries, leaseSeconds: 120,
      .external { claim async throws(DueFailure) in
        let task = try read(claim)
        let record = RecordMail(
          task, try await send(task, claim, writer, office), attempts: max(claim.attempt, 1))
        return .told(PromotionCommand(tenant: claim.key.tenant, actor: .system, action: record))
      })
  }

  private static func read(_ claim: DueClaim) throws(DueFailure) -> MailTask {
    do { return try DueMail(payload: claim.payload).task } catch {
      throw DueFailure("\(error)", isFinal: true)
    }
  }

  private static func send(
    _ task: MailTask, _ claim: DueClaim, _ writer: MailWriter, _ office: MailOffice
  ) async throws(DueFailure) -> RecordMail.Outcome {
    let written: MailWriter.Written
    do throws(MailWriter.Failure) {
      written = try await writer.mail(task, of: claim.key.tenant, date: claim.dueAt)
    } catch {
      throw DueFailure(error)
    }
    switch written {
    case .none(let reason): return .givenUp(reason)
    case .message(let message, let language):
      switch await office.send(message) {
      case .accepted: return .sent(language)
      case .temporary(let reason): throw DueFailure(reason)
      case .misconfigured(let reason):
        throw DueFailure(reason, isFinal: claim.attempt >= misconfiguredAttemptsMax)
      case .permanent(_, let reply?): return .givenUp(.refused, reply: ExactText(reply))
      case .permanent(_, nil): return .givenUp(.addressNotSendable)
      }
    }
  }
}

extension DueFailure {
  init(_ failure: MailWriter.Failure) {
    switch failure {
    case .store(let failure): self.init("The store can't be read: \(failure.message)")
    case .noOrder: self.init("The order of the mail is not there.", isFinal: true)
    case .tooLong(let part): self.init("The mail can't be sent: \(MailWriter.tooLong(part))", isFinal: true)
    case .template(let mistake): self.init("The template can't be filled: \(mistake)", isFinal: true)
    case .sender: self.init("The sender's address is none that mails can come from.", isFinal: true)
    }
  }
}
