import JSON
import Scrip

extension PricingPolicy {
  func writeMembers(to writer: inout JSONWriter) {
    writer.member("rounding", rounding)
    writer.member("percent_base", percentBase)
  }

  init?(reading object: inout ObjectReader) {
    let usual = PricingPolicy()
    let rounding = object.member("rounding", else: usual.rounding) { $0.enumeration() }
    let percentBase = object.member("percent_base", else: usual.percentBase) { $0.enumeration() }
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

  /// Reads settings; what is not there is as usual.
  ///
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader) {
    let settings = value.object { (object: inout ObjectReader) -> TenantSettings? in
      let pricing = PricingPolicy(reading: &object)
      let lockSeconds = object.member("lock_seconds", else: TenantSettings().lockSeconds) {
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

extension TenantSettingsChange {
  /// Reads a change of settings: absent members and null stay as they are.
  ///
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader) {
    let change = value.object { (object: inout ObjectReader) -> TenantSettingsChange? in
      let rounding = object.member("rounding") { $0.enumeration(Rounding.self) }
      let percentBase = object.member("percent_base") { $0.enumeration(PricingPolicy.PercentBase.self) }
      let lockSeconds = object.member("lock_seconds") { $0.int64(in: TenantSettings.lockSecondsRange) }
      guard let rounding, let percentBase, let lockSeconds else { return nil }
      return TenantSettingsChange(rounding: rounding, percentBase: percentBase, lockSeconds: lockSeconds)
    }
    guard let change else { return nil }
    self = change
  }
}
