import JSON
import Scrip

/// A coupon for a subscription.
public struct AttachRequest {
  /// Which coupon.
  public var name: Invoice.DirectCoupon.Name
  /// The line item of the subscription that it is for.
  public var lineID: LineID?
  /// The phase of the subscription that it is for.
  public var phaseID: PhaseID?
  /// From which invoices on.
  public var startsAt: Instant?
  /// The first moment without it.
  public var endsAt: Instant?
  /// Whether invoices of the period that is running have it, too.
  public var appliesNow: Bool
  /// Its place among those that began at the same moment; nil for the coupon's own.
  public var priority: Int64?
  /// The caller's own notes.
  public var metadata: [Note: Note]
}

extension AttachRequest: RequestForm {
  /// `AttachRequest`
  public static let formName = "AttachRequest"
  /// In JSON.
  public static let formExamples = [#"{"code": "LAUNCH20", "line_item_id": "seats"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let name = walk.couponName(request?.name)
    let lineID = walk.optional(
      "line_item_id", request?.lineID, .name(LineID.self), "Left out: it is for whole invoices.")
    let phaseID = walk.optional("phase_id", request?.phaseID, .name(PhaseID.self))
    let startsAt = walk.optional(
      "starts_at", request?.startsAt, .instant(), "Invoices of this date on have it; left out: now.")
    let endsAt = walk.optional(
      "ends_at", request?.endsAt, .instant(), "Invoices of this date on have it no more.")
    let appliesNow = walk.member(
      "apply_now", request?.appliesNow, else: false, .flag(),
      "Whether invoices of the period that is running have it, too: from current_period_start on, or all drafts if that is not known."
    )
    let priority = walk.optional("priority", request?.priority, .integer(-1000, to: 1000))
    let metadata = walk.member("metadata", request?.metadata, else: [:], NotesForm())
    guard let name, let lineID, let phaseID, let startsAt, let endsAt, let appliesNow, let priority,
      let metadata
    else { return nil }
    if appliesNow, startsAt != nil {
      walk.refuse("apply_now", .invalidValue, "must be false beside starts_at")
      return nil
    }
    if let startsAt, let endsAt, endsAt <= startsAt {
      walk.refuse("ends_at", .invalidValue, "must be after starts_at")
      return nil
    }
    return Self(
      name: name, lineID: lineID, phaseID: phaseID, startsAt: startsAt, endsAt: endsAt,
      appliesNow: appliesNow, priority: priority, metadata: metadata)
  }
}

/// A coupon is taken from a subscription.
public struct DetachRequest {
  /// Whether its use goes back to the coupon.
  public var givesBack: Bool
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension DetachRequest: RequestForm {
  /// `DetachRequest`
  public static let formName = "DetachRequest"
  /// In JSON.
  public static let formExamples = [#"{"give_back": true, "reason": "first payment failed"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let givesBack = walk.member(
      "give_back", request?.givesBack, else: false, .flag(),
      "Whether its use goes back to the coupon: only while no invoice has a discount of it.")
    let reason = walk.optional("reason", request?.reason, .text(0...200))
    guard let givesBack, let reason else { return nil }
    return Self(givesBack: givesBack, reason: reason)
  }
}

/// An invoice is told.
public struct InvoiceRequest: Hashable, Sendable {
  /// What it is about; without a date of its own it has the earliest.
  public var content: Invoice.Content
  /// The moment that it is of; nil for now, or what it was before.
  public var date: Instant?
  /// The discount that the caller expects, in minor units; another one is refused.
  public var expectedDiscount: Int64?

  /// Takes a content.
  public init(content: Invoice.Content, date: Instant?, expectedDiscount: Int64? = nil) {
    self.content = content
    self.date = date
    self.expectedDiscount = expectedDiscount
  }
}

extension InvoiceRequest: RequestForm {
  /// `InvoiceRequest`
  public static let formName = "InvoiceRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"subscription_id": "sub_1", "currency": "USD", "line_items": [{"id": "l1", "amount": 8000, "subscription_line_item_id": "seats"}]}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    var date: Instant?
    let content = Invoice.Content.walkTold(&walk, request?.content, date: &date)
    let expected = walk.optional(
      "expected_discount", request?.expectedDiscount, .amount(),
      "The discount that you expect, in minor units; another one is refused.")
    guard let content, let expected else { return nil }
    return Self(content: content, date: date, expectedDiscount: expected)
  }
}

/// An invoice is frozen.
public struct FinalizeRequest: Sendable {
  /// The total that the caller expects, in minor units; another one is refused.
  public var expectedTotal: Int64?
}

extension FinalizeRequest: RequestForm {
  /// `FinalizeRequest`
  public static let formName = "FinalizeRequest"
  /// In JSON.
  public static let formExamples = [#"{"expected_total": 7000}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    walk.optional("expected_total", request?.expectedTotal, .integer(-amountMax, to: amountMax)).map {
      Self(expectedTotal: $0)
    }
  }
}

/// An invoice is called off.
public struct VoidRequest: Sendable {
  /// Whether coupons that no other invoice uses are detached, and their uses go back.
  public var givesBack: Bool
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension VoidRequest: RequestForm {
  /// `VoidRequest`
  public static let formName = "VoidRequest"
  /// In JSON.
  public static let formExamples = [#"{"give_back": true, "reason": "first payment failed"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let givesBack = walk.member(
      "give_back", request?.givesBack, else: false, .flag(),
      "Whether coupons of the subscription that no other invoice uses are detached, and their uses go back.")
    let reason = walk.optional("reason", request?.reason, .text(0...200))
    guard let givesBack, let reason else { return nil }
    return Self(givesBack: givesBack, reason: reason)
  }
}

/// What would coupons take off an invoice, and off those after it?
public struct PreviewRequest {
  /// The draft that would be told anew; nil for one that does not exist yet.
  public var id: InvoiceID?
  /// The invoice.
  public var invoice: InvoiceRequest
  /// How many invoices, each as many months after the other.
  public var cycles: Int64
  /// How many months lie between two of them.
  public var months: Int64

  /// How many lines all invoices together have at most: the answer tells of each what every coupon takes off it.
  private static let linesMax: Int64 = 6000
}

extension PreviewRequest: RequestForm {
  /// `PreviewRequest`
  public static let formName = "PreviewRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"subscription_id": "sub_1", "currency": "USD", "line_items": [{"id": "l1", "amount": 8000}], "cycles": 12}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let id = walk.optional(
      "id", request?.id, .visibleName(InvoiceID.self), "A draft that is there, which would be told anew.")
    let invoice = InvoiceRequest.walk(&walk, request?.invoice)
    let cycles = walk.member(
      "cycles", request?.cycles, else: 1, .integer(1, to: 60), "How many invoices, one after the other.")
    let months = walk.member(
      "interval_months", request?.months, else: 1, .integer(1, to: 12), "How many months lie between two.")
    guard let id, let invoice, let cycles, let months else { return nil }
    if cycles * Int64(invoice.content.lines.count) > linesMax {
      walk.refuse("cycles", .invalidValue, "must come to at most \(linesMax) line_items over all cycles")
      return nil
    }
    return Self(id: id, invoice: invoice, cycles: cycles, months: months)
  }
}
