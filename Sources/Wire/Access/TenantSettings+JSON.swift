import JSON
import Scrip

extension PricingPolicy: ObjectForm, JSONWritable {
  /// `PricingPolicy`
  public static let formName = "PricingPolicy"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ policy: PricingPolicy?
  ) -> PricingPolicy? {
    let usual = PricingPolicy()
    let rounding = walk.member("rounding", policy?.rounding, else: usual.rounding, .choice())
    let percentBase = walk.member("percent_base", policy?.percentBase, else: usual.percentBase, .choice())
    guard let rounding, let percentBase else { return nil }
    return PricingPolicy(rounding: rounding, percentBase: percentBase)
  }
}

extension TenantSettings: ObjectForm, JSONWritable {
  /// `Settings`
  public static let formName = "Settings"

  /// What is not there is as usual.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ settings: TenantSettings?
  ) -> TenantSettings? {
    let pricing = PricingPolicy.walk(&walk, settings?.pricing)
    let lockSeconds = walk.member(
      "lock_seconds", settings?.lockSeconds, else: TenantSettings().lockSeconds,
      .integer(TenantSettings.lockSecondsRange))
    guard let pricing, let lockSeconds else { return nil }
    return TenantSettings(pricing: pricing, lockSeconds: lockSeconds)
  }

  /// Reads stored settings.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try readStored("tenant settings", bytes) { TenantSettings(reading: $0) }
  }
}

extension TenantSettingsChange: ObjectForm {
  /// `Settings`
  public static let formName = "Settings"
  /// In JSON.
  public static let formExamples = [#"{"lock_seconds": 600}"#]

  /// Absent members and null stay as they are.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ change: TenantSettingsChange?
  ) -> TenantSettingsChange? {
    let rounding = walk.optional("rounding", change?.rounding, .choice())
    let percentBase = walk.optional("percent_base", change?.percentBase, .choice())
    let lockSeconds = walk.optional(
      "lock_seconds", change?.lockSeconds, .integer(TenantSettings.lockSecondsRange))
    guard let rounding, let percentBase, let lockSeconds else { return nil }
    return TenantSettingsChange(rounding: rounding, percentBase: percentBase, lockSeconds: lockSeconds)
  }
}
