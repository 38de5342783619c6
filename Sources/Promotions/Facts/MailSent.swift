import Forms
import Ledger
import Scrip

/// A mail about an order was handed to a mail server, which answers for it now.
public struct MailSent: PromotionFact {
  /// `MailSent`
  public static let formName = "MailSent"

  /// What the customer was written about.
  public var mail: MailKind
  /// What the order is called.
  public var orderID: OrderID
  /// The number of the fact that the mail tells of in the order's stream.
  public var number: Int64
  /// The language that it was written in.
  public var language: LanguageTag
  /// How many tries it took.
  public var attempts: Int64

  /// Makes the fact.
  public init(_ task: MailTask, language: LanguageTag, attempts: Int64) {
    mail = task.mail
    orderID = task.orderID
    number = task.number
    self.language = language
    self.attempts = attempts
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let task = MailTask.walk(&walk, fact?.task)
    let language = walk.required("language", fact?.language, LanguageTagForm())
    let attempts = walk.required("attempts", fact?.attempts, .integer(1, to: .max))
    guard let task, let language, let attempts else { return nil }
    return Self(task, language: language, attempts: attempts)
  }

  private var task: MailTask { MailTask(mail, orderID: orderID, number: number) }

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
