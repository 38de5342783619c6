import JSON
import Scrip

extension CouponTerms {
  /// Why a stored form does not say exactly these terms; nil if it does.
  public func faultReadingBack(_ form: [UInt8]) -> String? {
    do throws(StoredFormError) {
      let again = try CouponTerms(stored: form)
      return again == self && again.json == form ? nil : "coupon terms read back as something else"
    } catch {
      return error.description
    }
  }
}

extension QuoteSnapshot {
  /// Why this snapshot does not say exactly what was agreed; nil if it does.
  func faultReadingBack(_ context: EligibilityContext, _ policy: PricingPolicy) -> String? {
    do throws(StoredFormError) {
      if try Quote(stored: quote).json(disclosing: .exact) != quote {
        return "a quote reads back as something else"
      }
      let basis = try SnapshotBasis(stored: basis)
      return basis.context == context && basis.policy == policy
        ? nil : "a snapshot's basis reads back as something else"
    } catch {
      return error.description
    }
  }
}
