import JSON
import Scrip

extension PricingPolicy {
  func writeMembers(to writer: inout JSONWriter) {
    writer.member("rounding", rounding)
    writer.member("percent_base", percentBase)
  }

  init?(reading object: inout ObjectReader, updating old: PricingPolicy) {
    let rounding = object.member("rounding", else: old.rounding) { $0.enumeration() }
    let percentBase = object.member("percent_base", else: old.percentBase) { $0.enumeration() }
    guard let rounding, let percentBase else { return nil }
    self.init(rounding: rounding, percentBase: percentBase)
  }
}

extension PricingPolicy: JSONWritable {
  /// `{"rounding":"half_up","percent_base":"running"}`.
  public func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }
}

extension TenantSettings: JSONWritable {
  /// `{"rounding":"half_up","percent_base":"running","lock_seconds":900}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      pricing.writeMembers(to: &writer)
      writer.member("lock_seconds", lockSeconds)
    }
  }

  /// Reads settings; what is not there stays as it was.
  ///
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader, updating old: TenantSettings = TenantSettings()) {
    let settings = value.object { (object: inout ObjectReader) -> TenantSettings? in
      let pricing = PricingPolicy(reading: &object, updating: old.pricing)
      let lockSeconds = object.member("lock_seconds", else: old.lockSeconds) {
        $0.int64(in: TenantSettings.lockSecondsRange)
      }
      guard let pricing, let lockSeconds else { return nil }
      return TenantSettings(pricing: pricing, lockSeconds: lockSeconds)
    }
    guard let settings else { return nil }
    self = settings
  }

  /// Reads stored settings.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try readStored("tenant settings", bytes) { TenantSettings(reading: $0) }
  }
}
