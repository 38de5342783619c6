import JSON
import Scrip

/// An application as the API shows it, with the quote that was agreed and the codes that were given back.
public struct ShownApplication: Sendable {
  fileprivate var application: DiscountApplication
  fileprivate var givenBack: [NotApplied]

  /// Shows an application.
  public init(_ application: DiscountApplication) {
    self.init(application, givenBack: application.givenBack)
  }

  fileprivate init(_ application: DiscountApplication, givenBack: [NotApplied]) {
    self.application = application
    self.givenBack = givenBack
  }
}

extension ShownApplication: ObjectForm {
  /// `Application`
  public static let formName = "Application"

  /// What is read knows neither its buyer nor what its quote was computed from.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ shown: ShownApplication?
  ) -> ShownApplication? {
    let application = shown?.application
    let id = walk.required("id", application?.id, .id(DiscountApplication.ID.self))
    let orderID = walk.required("order_id", application?.orderID, .name(OrderID.self))
    let state = walk.required("state", application?.state, .usageState())
    let currency = walk.required("currency", application?.currency, .currency())
    let discount = walk.required("discount", application?.discount, .integer())
    let total = walk.required("total", application?.total, .integer())
    let lockedAt = walk.required("locked_at", application?.lockedAt, .instant())
    let expiresAt = walk.required("expires_at", application?.expiresAt, .instant())
    let settledAt = walk.optional("settled_at", application?.settledAt, .instant())
    let usages = walk.required("usages", application?.usages, .objects(Usage.self))
    let givenBack = walk.required(
      "given_back", shown?.givenBack, .objects(NotApplied.self),
      "Codes that no longer applied when the order was paid, each with its reason.")
    let quote = walk.required("quote", application?.snapshot.quote, .encoded(ShownQuote.self))
    guard let id, let orderID, let state, let currency, let discount, let total, let lockedAt, let expiresAt,
      let settledAt, let usages, let givenBack, let quote
    else { return nil }
    return ShownApplication(
      DiscountApplication(
        id: id, orderID: orderID, state: state, lockedAt: lockedAt, expiresAt: expiresAt,
        settledAt: settledAt,
        currency: currency, discount: discount, total: total,
        snapshot: QuoteSnapshot(quote: quote, basis: []),
        usages: usages), givenBack: givenBack)
  }
}

extension DiscountApplication: JSONWritable {
  /// The form as bytes.
  public var json: [UInt8] {
    JSONWriter.bytes(capacity: 1024 + snapshot.quote.count) { write(to: &$0) }
  }

  /// The application as the API shows it.
  public func write(to writer: inout JSONWriter) { ShownApplication(self).write(to: &writer) }

  /// The codes that no longer applied when the order was paid: those that the agreed quote leaves out. A lock leaves
  /// none out, so that most need no look into their quote.
  fileprivate var givenBack: [NotApplied] {
    guard state != .locked, usages.contains(where: { $0.state == .released }) else { return [] }
    // The quote stands beside this as it is, also if this version can't read it.
    let refused = (try? Quote(stored: snapshot.quote))?.notApplied ?? []
    return refused.map { $0.shown(disclosing: .exact) }
  }
}
