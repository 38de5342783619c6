import Scrip
import Wire

/// A version's terms as they are kept: in the wire's canonical JSON.
public enum StoredTerms {
  /// Writes the terms.
  public static func encode(_ terms: CouponTerms) -> [UInt8] {
    let form = terms.json
    assert(terms.faultReadingBack(form) == nil, terms.faultReadingBack(form) ?? "")
    return form
  }

  /// Reads the stored form.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for bytes that can't be understood.
  public static func decode(_ bytes: [UInt8]) throws(StoreFailure) -> CouponTerms {
    do throws(StoredFormError) {
      return try CouponTerms(stored: bytes)
    } catch {
      throw .corrupt(error.form)
    }
  }
}

/// What an application's usages share, which is kept in the event that it was agreed in.
public enum StoredAgreement {
  /// Reads the stored form.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for bytes that can't be understood.
  public static func decode(type: String, payload: [UInt8]) throws(StoreFailure) -> Agreement {
    let fact: Event.Fact
    do throws(StoredFormError) {
      fact = try Event.Fact(type: type, payload: payload)
    } catch {
      throw .corrupt(error.form)
    }
    let agreement: Agreement? =
      switch fact {
      case .couponApplied(let applied): applied.agreement
      case .usageRepriced(_, amount: _, let agreement): agreement
      default: nil
      }
    guard let agreement else { throw .corrupt("the agreement of an application") }
    return agreement
  }
}
