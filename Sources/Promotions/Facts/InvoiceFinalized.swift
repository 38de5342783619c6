import Forms
import Ledger
import Scrip

/// An invoice was frozen: nothing changes what coupons take off it any more.
public struct InvoiceFinalized: PromotionFact {
  /// `InvoiceFinalized`
  public static let formName = "InvoiceFinalized"

  /// Which invoice.
  public var invoiceID: InvoiceID

  /// Makes the fact.
  public init(invoiceID: InvoiceID) { self.invoiceID = invoiceID }

  /// Its member.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("invoice_id", fact?.invoiceID, .name(InvoiceID.self)).map { Self(invoiceID: $0) }
  }

  /// Freezes it.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changeInvoice(at: place) { row in
      row.state = .finalized
      row.finalizedAt = place.at
    }
  }
}
