import Ledger
import Payments
import Promotions
import Scrip

/// Has providers give money back.
extension PaymentWork {
  /// The label under which a provider keeps what a refund is for: the payment and the refund's number.
  static let refundLabel = "scrip_refund"

  func refund(_ claim: DueClaim) async throws(DueFailure) -> DueHandler<WorkingSet>.Finding {
    let (payment, now) = try await payment(of: claim)
    guard let number = claim.key.value.refundNumber,
      let amount = Int64(String(decoding: claim.payload, as: UTF8.self))
    else { throw DueFailure("the work names no refund") }
    guard let name = payment.intent, let id = PaymentIntentID(name.text) else {
      throw DueFailure("the payment has no intent")
    }
    let wanted = WantedRefund(
      payment: payment, number: number, amount: amount, intent: id,
      window: RefundWindow(since: claim.dueAt, at: now))
    let made: PaymentRefund?
    do throws(PaymentFailure) {
      made = try await providers.ask(claim.key.tenant) { provider throws(PaymentFailure) in
        try wanted.made(by: provider)
      }
    } catch {
      throw DueFailure(error.reason)
    }
    guard let refund = made else { return .again(afterSeconds: wanted.window.secondsToNext) }
    let given = wanted.isOwn(refund) ? refund.amount.minorUnits : 0
    guard refund.amount.currency == payment.amount.currency, given <= amount else {
      throw DueFailure("the provider's refund \(refund.id) is not about the amount that was asked for")
    }
    switch refund.status {
    case .succeeded:
      let action = ReportRefund(
        orderID: payment.orderID, paymentID: payment.id, number: number, amount: amount,
        reference: ProviderName(refund.id.description), byHand: amount - given)
      return .told(PromotionCommand(tenant: claim.key.tenant, actor: .system, action: action))
    case .pending, .needsAction: return .again(afterSeconds: 3600)
    case .failed, .canceled:
      throw DueFailure("the provider could not give the money back: refund \(refund.id)")
    }
  }
}

/// A refund that is to be made, once.
private struct WantedRefund: Sendable {
  let payment: Payment
  let number: Int64
  let amount: Int64
  let intent: PaymentIntentID
  let window: RefundWindow

  private var label: PaymentLabel { PaymentLabel(PaymentWork.refundLabel, "\(payment.id):\(number)") }

  func isOwn(_ refund: PaymentRefund) -> Bool { refund.labels.contains(label) }

  /// The refund at the provider: one that is there already, or that is asked for now. Where somebody has given back so much
  /// by hand that nothing is left of the payment, the last of those refunds. Nil if it is not asked for now.
  func made(by provider: any PaymentProvider) throws(PaymentFailure) -> PaymentRefund? {
    // Somebody may have sent it before, so long ago that the provider has forgotten the key.
    let all = try provider.refunds(of: intent)
    let known = all.filter(isOwn)
    let lost = known.filter(\.isLost)
    if let refund = known.first(where: { !$0.isLost }) { return refund }
    guard window.isOpen else { return nil }
    let received = try provider.fetch(intent).amountReceived.minorUnits
    let standing = all.filter { !$0.isLost }
    let left = received - standing.map(\.amount.minorUnits).reduce(0, +)
    if left <= 0 {
      if let last = standing.first { return last }
      throw PaymentFailure(.ours, "the provider has nothing of the payment that it could give back")
    }
    let money = Money(minorUnits: min(amount, left), currency: payment.amount.currency)
    // One that the bank would not have is another one's forerunner, and another amount is another refund.
    let turn = "\(lost.count):\(window.number):\(money.minorUnits)"
    guard let key = Payments.IdempotencyKey("\(payment.id):refund:\(number):\(turn)") else {
      throw PaymentFailure(.ours, "there is no key for the refund")
    }
    return try provider.refund(NewRefund(of: intent, amount: money, labels: [label]), key: key)
  }
}

extension PaymentRefund {
  /// Whether the customer does not get it.
  var isLost: Bool { status == .failed || status == .canceled }
}

/// For how long a refund is asked for under one key.
///
/// A provider repeats under a key whatever it has answered, a breakdown of its own included. So after ten minutes there is
/// another key. What was sent under the one before must not be under way any more by then, however often somebody has the
/// task tried again: in the last two minutes nothing is sent, and what was done is found by looking.
struct RefundWindow {
  private static let seconds: Int64 = 600
  private static let quietSeconds: Int64 = 120

  /// The how manieth it is, from 0 on.
  let number: Int64
  /// Whether a refund may be asked for now.
  let isOpen: Bool
  /// How long it is until the next one.
  let secondsToNext: Int64

  init(since start: Instant, at now: Instant) {
    let age = max(0, now.microseconds - start.microseconds) / 1_000_000
    number = age / Self.seconds
    isOpen = age % Self.seconds < Self.seconds - Self.quietSeconds
    secondsToNext = Self.seconds - age % Self.seconds
  }
}
