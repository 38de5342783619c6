import Ledger
import Mail
import Promotions
import Scrip

/// Sends the mails about security alerts that are due, to the address that the tenant has named for them.
public enum AlertMailWork {
  /// The handler of due alerts. Each is sent at least once, outside of any transaction, and then told of.
  public static func handler(
    _ engine: Engine, office: MailOffice, retries: DueRetries = MailWork.retries
  ) -> DueHandler<WorkingSet> {
    let writer = MailWriter(engine, office: office)
    return DueHandler(
      .alertMail, retries: retries, leaseSeconds: 120,
      .external { claim async throws(DueFailure) in
        let mail = try read(claim)
        let isSent = try await send(mail, claim, writer, office)
        return .told(
          PromotionCommand(
            tenant: claim.key.tenant, actor: .system,
            action: RecordAlertMail(mail, isSent: isSent, attempts: max(claim.attempt, 1))))
      })
  }

  private static func read(_ claim: DueClaim) throws(DueFailure) -> AlertMail {
    do { return try AlertMail(payload: claim.payload) } catch { throw DueFailure("\(error)", isFinal: true) }
  }

  /// Whether a mail server has taken it; false if none ever will, or nobody is to be told any more.
  private static func send(
    _ mail: AlertMail, _ claim: DueClaim, _ writer: MailWriter, _ office: MailOffice
  ) async throws(DueFailure) -> Bool {
    let message: MailMessage?
    do throws(MailWriter.Failure) {
      message = try await writer.alert(mail, of: claim.key.tenant, date: claim.dueAt)
    } catch {
      throw DueFailure(error)
    }
    guard let message else { return false }
    switch await office.send(message) {
    case .accepted: return true
    case .temporary(let reason): throw DueFailure(reason)
    case .misconfigured(let reason):
      throw DueFailure(reason, isFinal: claim.attempt >= MailWork.misconfiguredAttemptsMax)
    case .permanent: return false
    }
  }
}

extension MailWriter {
  /// The mail about an alert; nil if there is nobody to write to.
  func alert(_ mail: AlertMail, of id: Tenant.ID, date: Instant) async throws(Failure) -> MailMessage? {
    let row = try await fraudSettings(of: id)
    guard let to = row?.settings.alertsTo.flatMap({ MailAddress($0.text) }) else { return nil }
    let tenant = try await tenant(id)
    return try message(
      "t\(id.number).alert.\(mail.number).\(date.microseconds)", mail.alert.words(to: tenant), to: to,
      from: tenant, date: date, language: BuiltInMailTemplates.lastLanguage)
  }
}

extension SecurityAlertRaised {
  /// What the mail says, to somebody of the shop.
  fileprivate func words(to tenant: Tenant) -> RenderedMail {
    let done =
      switch response {
      case .none: "Nothing was done by itself."
      case .blocked: "The attempt was refused."
      case .couponDisabled: "The coupon was disabled; locks that are open may still be paid for."
      case .locksRevoked: "The coupon was disabled, and the locks that were open have ended."
      }
    return RenderedMail(
      subject: "\(severity.rawValue.capitalized) security alert of \(tenant.sender)",
      text: """
        Something looks like fraud in \(tenant.sender).

        Suspect:   \(suspect)
        Severity:  \(severity.rawValue)
        Score:     \(score) of 100
        Signs:     \(rules.map(\.text).joined(separator: ", "))
        First seen with order \(orderID).

        \(done)

        Look at the case, and decide:
          scrip fraud show \(suspect)
          scrip fraud confirm \(suspect) --list --release-locks
          scrip fraud dismiss \(suspect)

        """, html: nil)
  }
}
