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
    let mail = MailSettings.walk(&walk, settings?.mail)
    let facts = walk.member(
      "customer_facts", settings?.customerFacts, else: TenantSettings().customerFacts, .choice(),
      "Who says whether it is a customer's first order, how many there were and since when the customer is known: whoever asks, or the orders that are kept here."
    )
    guard let pricing, let lockSeconds, let mail, let facts else { return nil }
    return TenantSettings(pricing: pricing, lockSeconds: lockSeconds, mail: mail, customerFacts: facts)
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

  /// Absent members stay as they are, and null is the default: like in every other edit.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ change: TenantSettingsChange?
  ) -> TenantSettingsChange? {
    let usual = TenantSettings()
    let rounding = walk.member(
      "rounding", .some(change?.rounding), else: usual.pricing.rounding,
      OnlyIfNamedForm(form: ChoiceForm<Rounding>(name: nil, note: nil)))
    let percentBase = walk.member(
      "percent_base", .some(change?.percentBase), else: usual.pricing.percentBase,
      OnlyIfNamedForm(form: ChoiceForm<PricingPolicy.PercentBase>(name: nil, note: nil)))
    let lockSeconds = walk.member(
      "lock_seconds", .some(change?.lockSeconds), else: usual.lockSeconds,
      OnlyIfNamedForm(form: .integer(TenantSettings.lockSecondsRange)))
    let mail = MailSettingsChange.walk(&walk, change?.mail)
    let facts = walk.member(
      "customer_facts", .some(change?.customerFacts), else: usual.customerFacts,
      OnlyIfNamedForm(form: ChoiceForm<CustomerFacts>(name: nil, note: nil)))
    guard let rounding, let percentBase, let lockSeconds, let mail, let facts else { return nil }
    return TenantSettingsChange(
      rounding: rounding, percentBase: percentBase, lockSeconds: lockSeconds, mail: mail, customerFacts: facts
    )
  }
}

/// A member that says what becomes of something, if it is named.
struct OnlyIfNamedForm<Form: ValueForm>: ValueForm {
  let form: Form

  func read(_ value: ValueReader) -> Form.Value?? { form.read(value).map(Optional.some) }

  func write(_ value: Form.Value?, to writer: inout JSONWriter) {
    if let value { form.write(value, to: &writer) } else { writer.null() }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { form.schema(&walk) }
}
