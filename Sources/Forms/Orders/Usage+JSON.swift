import JSON
import Scrip

extension Usage: ObjectForm, JSONWritable {
  /// The usage as the API shows it; its counters are an inner matter.
  public static let formName = "Usage"

  /// A usage that is read has no counters.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ usage: Usage?) -> Usage? {
    let id = walk.required("id", usage?.id, .id(Usage.ID.self))
    let couponID = walk.required("coupon_id", usage?.couponID, .id(Coupon.ID.self))
    let version = walk.required("version", usage?.version, .integer(1, to: .max))
    let code = walk.required("code", usage?.code, .code())
    let state = walk.required("state", usage?.state, .usageState())
    let amount = walk.required("amount", usage?.amount, .integer())
    let isOverLimit = walk.sparse(
      "over_limit", usage.flatMap { $0.isOverLimit ? true : nil }, .flag(),
      "Only there if it is true: the order was paid although there was no room, and no limit counts this use."
    )
    guard let id, let couponID, let version, let code, let state, let amount, let isOverLimit else {
      return nil
    }
    return Usage(
      id: id, couponID: couponID, version: version, code: code, state: state, amount: amount, counters: [],
      isOverLimit: isOverLimit ?? false)
  }
}

/// A usage with its counters, as events and snapshots have it.
public struct StoredUsage: ObjectForm {
  /// `StoredUsage`
  public static let formName = "StoredUsage"

  /// The usage.
  public var usage: Usage

  /// Takes a usage with its counters.
  public init(usage: Usage) { self.usage = usage }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: StoredUsage?)
    -> StoredUsage?
  {
    let usage = Usage.walk(&walk, stored?.usage)
    let counters = walk.required("counters", stored?.usage.counters, .list(UsageCounterForm()))
    guard let usage, let counters else { return nil }
    return StoredUsage(
      usage: Usage(
        id: usage.id, couponID: usage.couponID, version: usage.version, code: usage.code, state: usage.state,
        amount: usage.amount, counters: counters, isOverLimit: usage.isOverLimit))
  }
}

struct UsageCounterForm: ValueForm {
  func read(_ value: ValueReader) -> UsageCounter? {
    value.parsed(maxLength: Int.max, as: "a usage counter") { UsageCounter(stored: $0) }
  }

  func write(_ counter: UsageCounter, to writer: inout JSONWriter) { writer.string(counter.stored) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string"] }
}

extension ValueForm where Self == ChoiceForm<Usage.State> {
  static func usageState() -> Self {
    ChoiceForm(name: "UsageState", note: "Locked and redeemed uses count.")
  }
}
