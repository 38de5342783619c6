import Forms
import JSON
import Ledger
import Scrip

extension InboxOrderFacts: ObjectForm, JSONWritable {
  /// `InboxOrderFacts`
  public static let formName = "InboxOrderFacts"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ facts: Self?) -> Self? {
    let order = walk.sparse("order", facts?.order, .object())
    let attemptAt = walk.sparse("attempt_at", facts?.attemptAt, .instant())
    let isStarted = walk.required("started", facts?.isStarted, .flag())
    let failedAt = walk.sparse("failed_at", facts?.failedAt, .instant())
    let failedSometime = walk.required("failed", facts?.failedSometime, .flag())
    let isCancelled = walk.required("cancelled", facts?.isCancelled, .flag())
    let isPaid = walk.required("paid", facts?.isPaid, .flag())
    let refusal = walk.sparse("redeem_refusal", facts?.redeemRefusal, .word(InboxReason.self))
    let refunds = walk.required("refunds", facts?.refunds, .objects(InboxRefundNote.self))
    let restored = walk.required("restored", facts?.restored, .choices(CouponTerms.RestoreCause.self))
    let waiting = walk.required("waiting", facts?.waiting, .objects(InboxWaiting.self))
    let attempts = walk.required("attempts", facts?.attempts, .integer(0, to: .max))
    guard let order, let attemptAt, let isStarted, let failedAt, let failedSometime, let isCancelled,
      let isPaid, let refusal, let refunds, let restored, let waiting, let attempts
    else { return nil }
    var read = Self()
    read.order = order
    read.attemptAt = attemptAt
    read.isStarted = isStarted
    read.failedAt = failedAt
    read.failedSometime = failedSometime
    read.isCancelled = isCancelled
    read.isPaid = isPaid
    read.redeemRefusal = refusal
    read.refunds = refunds
    read.restored = restored
    read.waiting = waiting
    read.attempts = attempts
    return read
  }
}

extension InboxOrderContent: ObjectForm {
  /// `InboxOrderContent`
  public static let formName = "InboxOrderContent"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ content: Self?) -> Self? {
    let codes = walk.required("codes", content?.codes, .list(.name(InboxReason.self)))
    let customer = walk.required("customer", content?.customer, .object())
    let cart = walk.sparse("cart", content?.cart, .object())
    let message = walk.required("message", content?.message, .id(Identifier<InboxMessage>.self))
    let topic = walk.required("topic", content?.topic, .choice())
    let time = walk.sparse("time", content?.time, .instant())
    let isApplied = walk.required("applied", content?.isApplied, .flag())
    let refusal = walk.sparse("refusal", content?.refusal, .word(InboxReason.self))
    guard let codes, let customer, let cart, let message, let topic, let time, let isApplied, let refusal
    else { return nil }
    return Self(
      codes: codes, customer: customer, cart: cart, message: message, topic: topic, time: time,
      isApplied: isApplied, refusal: refusal)
  }
}

extension InboxRefundNote: ObjectForm {
  static let formName = "InboxRefundNote"

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ note: Self?) -> Self? {
    let message = walk.required("message", note?.message, .id(Identifier<InboxMessage>.self))
    let amount = walk.sparse("amount", note?.amount, .integer(0, to: .max))
    let lines = walk.sparse("lines", note?.lines, .objects(InboxRefundLine.self))
    guard let message, let amount, let lines else { return nil }
    let refund: InboxRefund =
      amount.map(InboxRefund.amount) ?? lines.map(InboxRefund.lines) ?? .everything
    return Self(message: message, refund: refund)
  }

  private var amount: Int64? { if case .amount(let amount) = refund { amount } else { nil } }

  private var lines: [InboxRefundLine]? { if case .lines(let lines) = refund { lines } else { nil } }
}

extension InboxRefundLine: ObjectForm {
  /// `InboxRefundLine`
  public static let formName = "InboxRefundLine"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ line: Self?) -> Self? {
    let id = walk.required("line_id", line?.id, .name(LineID.self))
    let quantity = walk.required("quantity", line?.quantity, .integer(0, to: .max))
    guard let id, let quantity else { return nil }
    return Self(id: id, quantity: quantity)
  }
}

extension InboxWaiting: ObjectForm {
  /// `InboxWaiting`
  public static let formName = "InboxWaiting"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ waiting: Self?) -> Self? {
    let message = walk.required("message", waiting?.message, .id(Identifier<InboxMessage>.self))
    let topic = walk.required("topic", waiting?.topic, .choice())
    guard let message, let topic else { return nil }
    return Self(message: message, topic: topic)
  }
}
