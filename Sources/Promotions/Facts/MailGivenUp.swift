import Forms
import Ledger
import Scrip

/// A mail about an order will not be sent.
public struct MailGivenUp: PromotionFact {
  /// `MailGivenUp`
  public static let formName = "MailGivenUp"

  /// Why not.
  public enum Reason: String, CaseIterable, Hashable, Sendable {
    /// The address was erased, or never told.
    case recipientErased = "recipient_erased"
    /// The address is none that mails can be sent to.
    case addressNotSendable = "address_not_sendable"
    /// The tenant sends no mails any more.
    case mailDisabled = "mail_disabled"
    /// It would say what is not so any more.
    case outdated
    /// The mail server will not take it.
    case refused

    /// What operators are told that it is.
    public var notice: Notice.Kind { "mail_given_up_\(rawValue)" }
  }

  /// What the customer would have been written about.
  public var mail: MailKind
  /// What the order is called.
  public var orderID: OrderID
  /// The number of the fact that the mail would have told of in the order's stream.
  public var number: Int64
  /// Why it is not sent.
  public var reason: Reason
  /// The codes that the mail server replied with, such as `550 5.1.1`; nil if it was not asked.
  @Exact public var reply: String?
  /// How many tries there were.
  public var attempts: Int64

  /// Makes the fact.
  public init(_ task: MailTask, _ reason: Reason, reply: String? = nil, attempts: Int64) {
    mail = task.mail
    orderID = task.orderID
    number = task.number
    self.reason = reason
    self.reply = reply
    self.attempts = attempts
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let task = MailTask.walk(&walk, fact?.task)
    let reason = walk.required("reason", fact?.reason, .choice())
    let reply = walk.sparse("reply", fact?.reply, .text())
    let attempts = walk.required("attempts", fact?.attempts, .integer(1, to: .max))
    guard let task, let reason, let reply, let attempts else { return nil }
    return Self(task, reason, reply: reply, attempts: attempts)
  }

  private var task: MailTask { MailTask(mail, orderID: orderID, number: number) }

  /// A customer hears nothing of it.
  public var notice: Notice.Kind? { reason.notice }

  /// What it ends.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addMail(mail, of: orderID, tenant)
  }

  /// Ends the work.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.endMail(task, of: place.tenant)
    set.changeOrder(at: place) { _ in }
  }
}
