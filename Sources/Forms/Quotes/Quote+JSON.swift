import JSON
import Scrip

/// A quote with as much of its refusals as a caller may know.
public struct ShownQuote: Sendable {
  fileprivate var quote: Quote
  fileprivate var notApplied: [NotApplied]

  /// Shows a quote.
  public init(_ quote: Quote, disclosing disclosure: Disclosure) {
    let hidden = quote.hiddenCoupons
    self.quote = quote
    notApplied = quote.notApplied.map {
      NotApplied($0, disclosing: disclosure, isHidden: $0.isHidden(among: hidden))
    }
  }

  fileprivate init(_ quote: Quote, _ notApplied: [NotApplied]) {
    self.quote = quote
    self.notApplied = notApplied
  }
}

extension ShownQuote: ObjectForm {
  /// `Quote`
  public static let formName = "Quote"
  /// For the API's description.
  public static let formNote: StaticString? =
    "total = subtotal + shipping - discount; every amount is the sum of its allocations."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: ShownQuote?) -> ShownQuote?
  {
    let quote = shown?.quote
    let currency = walk.required("currency", quote?.currency, .currency())
    let subtotal = walk.required("subtotal", quote?.subtotal, .integer())
    let shipping = walk.required("shipping", quote?.shipping, .integer())
    let discount = walk.required("discount", quote?.discount, .integer())
    let total = walk.required("total", quote?.total, .integer())
    let applied = walk.required("applied", quote?.applied, .objects(AppliedDiscount.self))
    let notApplied = walk.required("not_applied", shown?.notApplied, .objects(NotApplied.self))
    let provisional = walk.required(
      "provisional", quote?.provisional, .flag(),
      "Whether a fuller request may get another answer: a limit for each person could not be judged because nothing says who buys, or a refused code's facts name something that is missing."
    )
    let risk = walk.sparse(
      "risk", quote?.risk, .object(),
      "What fraud rules thought of whoever locked; absent where nobody looked, and to publishable keys.")
    guard let currency, let subtotal, let shipping, let discount, let total, let applied, let notApplied,
      let provisional, let risk
    else { return nil }
    var read = Quote(
      currency: currency, subtotal: subtotal, shipping: shipping, discount: discount, total: total,
      applied: applied,
      notApplied: notApplied.enumerated().compactMap { index, refused in refused.refused(at: index) },
      provisional: provisional)
    read.risk = risk
    return ShownQuote(read, notApplied)
  }
}

extension Quote: JSONWritable {
  /// The quote with exact reasons.
  public func write(to writer: inout JSONWriter) { ShownQuote(self, disclosing: .exact).write(to: &writer) }

  /// The quote as bytes.
  public func json(disclosing disclosure: Disclosure) -> [UInt8] {
    JSONWriter.bytes(capacity: 960) { ShownQuote(self, disclosing: disclosure).write(to: &$0) }
  }

  /// Reads a quote that was written with exact reasons.
  ///
  /// Writing it again gives the same bytes. What JSON does not say is given its plainest value: a discount computed
  /// for each unit reads as one for each line, a refusal's place is its place in the list, and its coupon is unknown.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try readStored("quote", bytes) { ShownQuote(reading: $0)?.quote }
  }
}

private enum Method: String, CaseIterable { case across, each }

extension AppliedDiscount: ObjectForm, JSONWritable {
  /// `AppliedDiscount`
  public static let formName = "AppliedDiscount"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ discount: AppliedDiscount?
  ) -> AppliedDiscount? {
    let code = walk.required("code", discount?.code, .code())
    let display = walk.sparse("display", discount?.place?.display, .text(), "The spelling to show.")
    let index = walk.sparse(
      "index", discount?.place.map { Int64($0.index) }, .integer(0, to: Int64(Int32.max)),
      "Its place in the request's codes.")
    let couponID = walk.required("coupon_id", discount?.couponID, .id(Coupon.ID.self))
    let version = walk.required("version", discount?.version, .integer(1, to: .max))
    let title = walk.required("title", discount?.title, .text())
    let amount = walk.required("amount", discount?.amount, .integer())
    let uncapped = walk.required("uncapped_amount", discount?.uncappedAmount, .integer())
    let method = walk.required("method", discount?.method, .choice())
    let priority = walk.required("priority", discount?.priority, .integer())
    let automatic = walk.required("automatic", discount.map { _ in false }, NotAutomaticForm())
    let pending = walk.required("pending", discount?.pending, .flag())
    let allocations = walk.required("allocations", discount?.allocations, .objects(Allocation.self))
    guard let code, let display, let index, let couponID, let version, let title, let amount, let uncapped,
      let method, let priority, automatic != nil, let pending, let allocations
    else { return nil }
    var read = AppliedDiscount(
      code: code, couponID: couponID, version: version, title: title, amount: amount,
      uncappedAmount: uncapped,
      scope: method == .across ? .order : .line,
      discountClass: discountClass(method, pending: pending, allocations), priority: priority,
      pending: pending,
      allocations: allocations)
    if let display, let index { read.place = TypedPlace(index: Int(index), display: display) }
    return read
  }

  /// Whether one amount was spread over several things or computed for each.
  private var method: Method { discountClass == .shipping || scope == .order ? .across : .each }

  private static func discountClass(
    _ method: Method, pending: Bool, _ allocations: [Allocation]
  ) -> DiscountClass {
    if pending { return .shipping }
    if case .shipping = allocations.first?.target { return .shipping }
    return method == .across ? .order : .line
  }
}
