import Forms
import JSON
import Ledger
import Scrip

/// What a shop's messages have told of one order, in whatever order they came.
///
/// What is to be done follows from this and from how the order's application stands, and from nothing else: so messages
/// that tell the same lead to the same.
public struct InboxOrderFacts: Hashable, Sendable {
  /// What the order is about, as the message told that counts.
  public internal(set) var order: InboxOrderContent?
  /// When the last attempt to pay began, as far as messages say when.
  var attemptAt: Instant?
  /// Whether a checkout has begun.
  var isStarted = false
  /// When the last attempt failed, as far as messages say when.
  var failedAt: Instant?
  /// Whether an attempt failed, and nobody has said when.
  var failedSometime = false
  /// Whether the order was called off.
  public internal(set) var isCancelled = false
  /// Whether it was paid.
  public internal(set) var isPaid = false
  /// Why the payment could not be noted; nil if it was, or was not tried.
  var redeemRefusal: InboxReason?
  /// What was given back, by message.
  var refunds: [InboxRefundNote] = []
  /// What coupons were asked to restore for.
  var restored: Set<CouponTerms.RestoreCause> = []
  /// Messages that wait for something.
  public internal(set) var waiting: [InboxWaiting] = []
  /// How often the order was looked at since a message began to wait.
  public internal(set) var attempts: Int64 = 0

  /// Nothing was told yet.
  public init() {}
}

/// Why something was not done: a stable code.
public typealias InboxReason = ExactText<InboxOrderFacts>

extension InboxReason {
  static let noCodes: InboxReason = "no_codes"
  static let outdated: InboxReason = "outdated"
  static let checkoutFailed: InboxReason = "checkout_failed"
  static let orderCancelled: InboxReason = "order_cancelled"
  static let orderPaid: InboxReason = "order_paid"
  static let partialRefund: InboxReason = "partial_refund"
  static let tooManyWaiting: InboxReason = "too_many_waiting"
  static let applicationPending: InboxReason = "application_pending"
  static let applicationNotFound = InboxReason(Refusal.Code.applicationNotFound.rawValue)
  static let notRedeemed = InboxReason(Refusal.Code.notRedeemed.rawValue)
  static let alreadyReleased = InboxReason(Refusal.Code.alreadyReleased.rawValue)
  static let alreadyRedeemed = InboxReason(Refusal.Code.alreadyRedeemed.rawValue)
}

/// What an order is about.
public struct InboxOrderContent: Hashable, Sendable {
  /// The codes as they were typed.
  var codes: [InboxReason]
  /// Who buys, by pseudonym and hashed keys.
  var customer: Customer
  /// What is bought; nil where there are no codes.
  var cart: Cart?
  /// Which message told it.
  var message: Identifier<InboxMessage>
  /// What kind of message that was.
  var topic: InboxTopic
  /// When it was sent.
  var time: Instant?
  /// Whether the codes were locked so.
  var isApplied = false
  /// Why they could not be locked; nil if they could, or it was not tried.
  var refusal: InboxReason?

  /// Whether it is still to be locked.
  var isPending: Bool { !codes.isEmpty && !isApplied && refusal == nil }

  /// Whether it counts instead of what another message has told: what was sent later does; of what nobody says when, the
  /// placed order before the begun checkout, and what came last.
  func counts(over other: InboxOrderContent?) -> Bool {
    guard let other, other.message != message else { return true }
    if let time, let before = other.time, time != before { return time > before }
    if topic != other.topic { return topic == .orderCreated }
    if time != nil, other.time != nil { return message > other.message }
    return true
  }
}

/// What one message said that was given back.
struct InboxRefundNote: Hashable, Sendable {
  let message: Identifier<InboxMessage>
  let refund: InboxRefund
}

/// A message that waits.
public struct InboxWaiting: Hashable, Sendable {
  /// Which one.
  public let message: Identifier<InboxMessage>
  /// What it tells.
  public let topic: InboxTopic
}

/// What a message tells, with its persons hidden.
public enum InboxTold: Sendable {
  /// What an order is about.
  case order(codes: [String], customer: Customer, cart: Cart?)  // String: codes as typed
  /// The checkout failed.
  case failed
  /// The order is paid.
  case paid(saysNoCodes: Bool)
  /// The order is called off.
  case cancelled
  /// So much was given back.
  case refunded(InboxRefund)
}

extension InboxOrderFacts {
  /// How many messages of one order wait at most, and how many refunds of one are told apart.
  static let waitingMax = 20
  private static let refundsMax = 200

  /// Whether the last attempt to pay has failed.
  var isFailed: Bool {
    if failedSometime { return true }
    guard let failedAt else { return false }
    return attemptAt.map { failedAt >= $0 } ?? true
  }

  /// Whether nothing is to be held for the order. One that is called off needs no lock either whose payment was refused.
  var isOver: Bool { isPaid ? isCancelled && redeemRefusal != nil : isCancelled || isFailed }

  /// Takes in what a message tells; true if what the order is about is from now on what this message says.
  mutating func take(
    _ told: InboxTold, _ topic: InboxTopic, from message: Identifier<InboxMessage>, at time: Instant?
  ) -> Bool {
    switch told {
    case .order(let codes, let customer, let cart):
      let content = InboxOrderContent(
        codes: codes.map { InboxReason($0) }, customer: customer, cart: cart, message: message, topic: topic,
        time: time)
      return take(content)
    case .failed:
      if let time { failedAt = max(failedAt ?? time, time) } else { failedSometime = true }
    case .paid: isPaid = true
    case .cancelled: isCancelled = true
    case .refunded(let refund):
      refunds.removeAll { $0.message == message }
      if refunds.count < Self.refundsMax {
        refunds.append(InboxRefundNote(message: message, refund: refund))
      }
    }
    return false
  }

  /// A checkout that begins again after it has failed is another attempt. Where nobody says when it began, only a second
  /// message of that kind tells.
  private mutating func take(_ content: InboxOrderContent) -> Bool {
    let isAgain = content.topic == .checkoutStarted && isStarted && content.message != order?.message
    let opens = isAgain && isFailed && (failedSometime || content.time == nil)
    if opens {
      failedSometime = false
      failedAt = nil
    }
    if content.topic == .checkoutStarted { isStarted = true }
    if let time = content.time { attemptAt = max(attemptAt ?? time, time) }
    guard opens || content.counts(over: order) else { return false }
    order = content
    return true
  }
}

/// How an order's application stands.
struct InboxUse: Hashable {
  let state: Usage.State
  let cause: ReleaseCause?

  /// Whether it was used, whatever became of it since.
  var wasRedeemed: Bool {
    state == .redeemed || cause == .canceled || cause == .fullyRefunded || cause == .noLongerApplies
  }
}

/// What is to be done next for an order.
enum InboxStep: Hashable {
  case lock, change, release, redeem
  case restore(CouponTerms.RestoreCause)

  /// How the application stands once it is done.
  var leadsTo: InboxUse {
    switch self {
    case .lock, .change: InboxUse(state: .locked, cause: nil)
    case .release: InboxUse(state: .released, cause: .requested)
    case .redeem: InboxUse(state: .redeemed, cause: nil)
    case .restore: InboxUse(state: .redeemed, cause: nil)
    }
  }
}

extension InboxOrderFacts {
  /// What is to be done next; nil if nothing is.
  ///
  /// - Parameter isRefunded: whether what was given back is all of it.
  func nextStep(_ use: InboxUse?, isRefunded: Bool) -> InboxStep? {
    switch use?.state {
    case .locked:
      if isOver || !isPaid && order?.codes.isEmpty == true { return .release }
      if order?.isPending == true { return .change }
      return isPaid && redeemRefusal == nil ? .redeem : nil
    case .redeemed:
      if isCancelled, !restored.contains(.canceled) { return .restore(.canceled) }
      return isRefunded && !restored.contains(.fullyRefunded) ? .restore(.fullyRefunded) : nil
    case .released, nil:
      if use?.wasRedeemed == true || isOver { return nil }
      if isPaid, use?.cause == .expired || use?.cause == .revoked {
        return redeemRefusal == nil ? .redeem : nil
      }
      guard let order, !order.codes.isEmpty, order.refusal == nil else { return nil }
      // A lock that was given back is taken again for an order that was paid all the same.
      return isPaid || !order.isApplied ? .lock : nil
    }
  }

  /// Notes that a step was done.
  mutating func did(_ step: InboxStep) {
    switch step {
    case .lock, .change: order?.isApplied = true
    case .restore(let cause): restored.insert(cause)
    case .release, .redeem: break
    }
  }

  /// Notes that a step was refused for good, so that it is not tried again by itself.
  mutating func refused(_ step: InboxStep, _ reason: InboxReason) {
    switch step {
    case .lock, .change: order?.refusal = reason
    case .redeem: redeemRefusal = reason
    case .release, .restore: break
    }
  }

  /// Whether what was given back is all that an order of so much money and of these lines has cost.
  func refundsCover(total: Int64, lines: [Cart.Line]) -> Bool {
    if refunds.contains(where: { $0.refund == .everything }) { return true }
    var (amount, units): (Int64, [LineID: Int64]) = (0, [:])
    for note in refunds {
      switch note.refund {
      case .everything: return true
      case .amount(let more): amount = amount.addingReportingOverflow(more).overflow ? .max : amount + more
      case .lines(let lines): for line in lines { units[line.id, default: 0] += line.quantity }
      }
    }
    if !refunds.isEmpty, amount > 0, amount >= total { return true }
    return !units.isEmpty && !lines.isEmpty && lines.allSatisfy { units[$0.id] ?? 0 >= $0.quantity }
  }
}

/// What became of a message.
public enum InboxStanding: Hashable, Sendable {
  /// Done.
  case done
  /// There was nothing to do.
  case ignored(InboxReason)
  /// It waits.
  case waiting(InboxReason)
  /// The answer is no.
  case refused(InboxReason)
}

extension InboxOrderFacts {
  /// How a message stands, given how the application stands after what was done now.
  ///
  /// - Parameters:
  ///   - counts: whether what the order is about is what this message says.
  ///   - saysNoCodes: whether the message itself says that the order has no codes.
  func standing(
    of topic: InboxTopic, _ use: InboxUse?, counts: Bool, saysNoCodes: Bool, isRefunded: Bool
  ) -> InboxStanding {
    switch topic {
    case .checkoutStarted, .orderCreated:
      guard counts, let order else { return .ignored(.outdated) }
      if let refusal = order.refusal { return .refused(refusal) }
      if use?.wasRedeemed == true, !order.isApplied { return .ignored(.alreadyRedeemed) }
      if order.codes.isEmpty { return .ignored(.noCodes) }
      if order.isApplied, use?.state.isLive == true { return .done }
      if isOver { return .ignored(isCancelled ? .orderCancelled : .checkoutFailed) }
      return .done
    case .checkoutFailed:
      if use?.wasRedeemed == true { return .ignored(.orderPaid) }
      let refused = redeemRefusal ?? (use == nil ? order?.refusal : nil)
      if isPaid { return .ignored(refused ?? .orderPaid) }
      if let refused { return .ignored(refused) }
      return isFailed ? .done : .ignored(.outdated)
    case .orderCancelled:
      guard use == nil, let order else { return .done }
      if let refusal = order.refusal { return .ignored(refusal) }
      return order.codes.isEmpty ? .ignored(.noCodes) : .done
    case .orderPaid:
      if use?.wasRedeemed == true { return .done }
      return unfinished(use, saysNoCodes: saysNoCodes, isRefunded: isRefunded)
    case .orderRefunded:
      if use?.wasRedeemed == true { return isRefunded ? .done : .ignored(.partialRefund) }
      // What was given back before it was used has nothing to be restored.
      if use?.state == .released, nextStep(use, isRefunded: isRefunded) == nil {
        return .ignored(.alreadyReleased)
      }
      return unfinished(use, saysNoCodes: saysNoCodes, isRefunded: isRefunded)
    }
  }

  /// How a message stands that needs a use where there is none.
  private func unfinished(_ use: InboxUse?, saysNoCodes: Bool, isRefunded: Bool) -> InboxStanding {
    if nextStep(use, isRefunded: isRefunded) != nil { return .waiting(.applicationPending) }
    if let redeemRefusal { return .refused(redeemRefusal) }
    if let order, order.codes.isEmpty { return .ignored(.noCodes) }
    if let refusal = order?.refusal, use?.state.isLive != true { return .ignored(refusal) }
    guard let use else { return saysNoCodes ? .ignored(.noCodes) : .waiting(.applicationNotFound) }
    return use.state == .locked ? .waiting(.notRedeemed) : .refused(.alreadyReleased)
  }
}
