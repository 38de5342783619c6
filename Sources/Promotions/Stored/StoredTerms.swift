import Forms
import Ledger
import Scrip

/// A version's terms as they are kept: in the wire's canonical JSON.
public enum StoredTerms {
  /// Writes the terms.
  public static func encode(_ terms: CouponTerms) -> [UInt8] {
    let form = terms.json
    assert(terms.faultReadingBack(form) == nil, terms.faultReadingBack(form) ?? "")
    return form
  }

  /// Reads the stored form, or says why it can't be read.
  public static func decoding(_ bytes: [UInt8]) -> Result<DecodedTerms, StoreFailure> {
    do throws(StoredFormError) {
      let read = try CouponTerms.reading(stored: bytes)
      return .success(DecodedTerms(terms: read.terms, isWhole: read.isWhole))
    } catch {
      return .failure(.corrupt(error.form))
    }
  }
}

/// A version's terms as far as this program knows them.
public struct DecodedTerms: Hashable, Sendable {
  /// The terms.
  public let terms: CouponTerms
  /// Whether that is all of them. What a newer version has added would be lost if they were written again.
  public let isWhole: Bool

  /// Makes terms.
  public init(terms: CouponTerms, isWhole: Bool) {
    self.terms = terms
    self.isWhole = isWhole
  }
}

/// What an application's usages share, which is kept in the event that it was agreed in.
public enum StoredAgreement {
  /// Reads the stored form.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for bytes that can't be understood.
  public static func decode(type: String, payload: [UInt8]) throws(StoreFailure) -> Agreement {
    let fact: (any Fact<WorkingSet>)?
    do throws(StoredFormError) {
      fact = try EventFacts.read(type: type, payload: payload)
    } catch {
      throw .corrupt(error.form)
    }
    let agreement = (fact as? CouponApplied)?.agreement ?? (fact as? UsageRepriced)?.agreement
    guard let agreement else { throw .corrupt("the agreement of an application") }
    return agreement
  }
}
