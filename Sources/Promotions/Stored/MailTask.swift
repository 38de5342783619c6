import Forms
import JSON
import Ledger
import Scrip

/// A mail that is to be sent about an order: what due work of the kind `mail` has to know.
public struct MailTask: Hashable, Sendable {
  /// What the customer is written about.
  public let mail: MailKind
  /// The order.
  public let orderID: OrderID
  /// The number of the fact that it tells of in the order's stream.
  public let number: Int64

  /// Tells of a mail.
  public init(_ mail: MailKind, orderID: OrderID, number: Int64) {
    self.mail = mail
    self.orderID = orderID
    self.number = number
  }
}

extension MailTask: ObjectForm {
  /// `MailTask`
  public static let formName = "MailTask"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ task: Self?) -> Self? {
    let mail = walk.required("mail", task?.mail, .choice())
    let orderID = walk.required("order_id", task?.orderID, .name(OrderID.self))
    let number = walk.required("number", task?.number, .integer(1, to: .max))
    guard let mail, let orderID, let number else { return nil }
    return Self(mail, orderID: orderID, number: number)
  }
}

/// A mail that is due, as its work's payload has it.
public struct DueMail: Hashable, Sendable {
  /// What it tells of.
  public let task: MailTask
  /// What the order was about when it happened; nil as long as it is about the same.
  public internal(set) var order: KeptOrder?

  /// Makes a payload.
  init(_ task: MailTask, order: KeptOrder? = nil) {
    self.task = task
    self.order = order
  }

  /// Reads the payload of due work.
  public init(payload: [UInt8]) throws(StoredFormError) { try self.init(stored: payload, as: "a due mail") }

  fileprivate var payload: [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension DueMail: ObjectForm {
  /// `DueMail`
  public static let formName = "DueMail"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ mail: Self?) -> Self? {
    let task = MailTask.walk(&walk, mail?.task)
    let order = walk.sparse("order", mail?.order, KeptOrderForm())
    guard let task, let order else { return nil }
    return Self(task, order: order)
  }
}

extension DueWork.Kind {
  /// Sending a mail.
  public static let mail: DueWork.Kind = "mail"
}

extension DueKey {
  /// The mail of a kind about an order: `order_paid o-1`. There is one at a time, that of the last fact which wants it.
  public static func mail(_ mail: MailKind, of orderID: OrderID) -> DueKey {
    DueKey(.mail, "\(mail.rawValue) \(orderID)")
  }
}

extension LoadRequest {
  /// Asks for a mail that may be due about an order.
  mutating func addMail(_ mail: MailKind, of orderID: OrderID, _ tenant: Tenant.ID) {
    dueWork.insert(Owned(tenant, .mail(mail, of: orderID)))
  }
}

extension WorkingSet {
  /// Has a mail sent of what has just happened to an order, if its customer is written to.
  mutating func scheduleMail(_ mail: MailKind, of orderID: OrderID, at place: EventPlace) {
    guard keptOrders[OrderRow.key(of: place.stream, place.tenant)]?.content.content.isMailed == true else {
      return
    }
    let task = MailTask(mail, orderID: orderID, number: place.sequence)
    dueWork.schedule(
      Owned(place.tenant, .mail(mail, of: orderID)), at: place.at, payload: DueMail(task).payload)
  }

  /// Has a mail that is still to be sent tell of the order as it was, before that changes.
  mutating func keepMail(_ mail: MailKind, of orderID: OrderID, at place: EventPlace) {
    let key = Owned(place.tenant, DueKey.mail(mail, of: orderID))
    guard var due = dueMail(key), due.order == nil,
      let row = keptOrders[OrderRow.key(of: place.stream, place.tenant)]
    else { return }
    due.order = row.content
    dueWork.change(key) { $0.payload = due.payload }
  }

  /// The mail that is due under a key; nil if there is none, or none that can be read.
  func dueMail(_ key: Owned<DueKey>) -> DueMail? {
    guard let work = dueWork[key], !work.isOver else { return nil }
    do throws(StoredFormError) { return try DueMail(payload: work.payload) } catch { return nil }
  }

  /// Notes that nothing is to be done any more for a mail, unless it is to be sent of something later by now.
  mutating func endMail(_ task: MailTask, of tenant: Tenant.ID) {
    if isDue(task, of: tenant) { dueWork.end(Owned(tenant, .mail(task.mail, of: task.orderID))) }
  }

  /// Whether a mail is to be sent of this very fact.
  func isDue(_ task: MailTask, of tenant: Tenant.ID) -> Bool {
    dueMail(Owned(tenant, .mail(task.mail, of: task.orderID)))?.task == task
  }
}
