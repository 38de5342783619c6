import JSON
import Scrip

extension Subscription.Content: ObjectForm, JSONWritable {
  /// `Subscription`, as callers tell of it and as rows and events have it.
  public static let formName = "SubscriptionContent"
  /// In JSON.
  public static let formExamples = [
    #"{"customer_id": "cus_1", "currency": "USD", "line_items": [{"id": "seats", "product_id": "pro"}]}"#
  ]

  /// `SubscriptionRequest` is what callers send.
  public static func schemaName(_ direction: FormDirection) -> String {
    direction == .output ? formName : "SubscriptionRequest"
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ content: Self?) -> Self? {
    let customer = walk.required("customer_id", content?.customer, .visibleName(UserID.self), "Who pays.")
    let currency = walk.required("currency", content?.currency, .currency())
    let status = walk.member(
      "status", content?.status, else: .active, .choice(named: "SubscriptionStatus"),
      "A cancelled one takes no new coupon, and stays cancelled.")
    let lines = walk.member(
      "line_items", content?.lines, else: [],
      .distinct(.objects(Subscription.Line.self, 0...200), by: { $0.id }, at: "id", "stands twice"),
      "What is billed by itself, so that coupons can be for it alone.")
    let phases = walk.member(
      "phases", content?.phases, else: [],
      .distinct(.objects(Subscription.Phase.self, 0...50), by: { $0.id }, at: "id", "stands twice"),
      "Parts of its time, so that coupons can be for them alone.")
    let periodStart = walk.optional(
      "current_period_start", content?.periodStart, .instant(), "When the period began that is running.")
    let revision = walk.optional(
      "revision", content?.revision, .integer(0, to: amountMax),
      "Your number of this state: a message with a lower one than the last changes nothing.")
    let metadata = walk.member("metadata", content?.metadata, else: [:], NotesForm())
    guard let customer, let currency, let status, let lines, let phases, let periodStart, let revision,
      let metadata
    else { return nil }
    return Self(
      customer: customer, currency: currency, status: status, lines: lines, phases: phases,
      periodStart: periodStart, revision: revision, metadata: metadata)
  }

  /// Reads what is stored, and says whether that is all of it: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (content: Self, isWhole: Bool) {
    let read = try readStoredMembers("subscription", bytes) { Self(reading: $0) }
    return (read.value, read.isWhole)
  }
}

extension Subscription.Line: ObjectForm {
  /// `SubscriptionLine`
  public static let formName = "SubscriptionLine"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ line: Self?) -> Self? {
    let id = walk.required("id", line?.id, .visibleName(LineID.self))
    let productID = walk.optional("product_id", line?.productID, .name(ProductID.self))
    guard let id, let productID else { return nil }
    return Self(id: id, productID: productID)
  }
}

extension Subscription.Phase: ObjectForm {
  /// `SubscriptionPhase`
  public static let formName = "SubscriptionPhase"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ phase: Self?) -> Self? {
    let id = walk.required("id", phase?.id, .visibleName(PhaseID.self))
    let startsAt = walk.required("starts_at", phase?.startsAt, .instant())
    let endsAt = walk.optional("ends_at", phase?.endsAt, .instant(), "The first moment after it.")
    guard let id, let startsAt, let endsAt else { return nil }
    if let read = Self(id: id, startsAt: startsAt, endsAt: endsAt) { return read }
    walk.refuse("ends_at", .invalidValue, "must be after starts_at")
    return nil
  }
}

extension Subscription: ObjectForm, JSONWritable {
  /// The subscription as the API shows it.
  public static let formName = "Subscription"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let id = walk.required("id", shown?.id, .name(SubscriptionID.self))
    let content = Content.walk(&walk, shown?.content)
    let coupons = walk.required(
      "coupons", shown?.associations, .objects(Association.self),
      "The coupons that it has and had, in the order in which they were attached.")
    let version = walk.required("version", shown?.version, .integer(1, to: .max))
    let createdAt = walk.required("created_at", shown?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", shown?.updatedAt, .instant())
    guard let id, let content, let coupons, let version, let createdAt, let updatedAt else { return nil }
    return Self(
      id: id, content: content, associations: coupons, version: version, createdAt: createdAt,
      updatedAt: updatedAt)
  }
}

extension Association: ObjectForm, JSONWritable {
  /// The association as the API shows it; its counters are an inner matter.
  public static let formName = "Association"
  /// For the API's description.
  public static let formNote: StaticString? =
    "A coupon that a subscription has. It counted once against the coupon's limits when it was attached, and keeps the version of its terms."

  /// Its members, in their order. One that is read has no counters.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let id = walk.required("id", shown?.id, .id(Association.ID.self))
    let couponID = walk.required("coupon_id", shown?.couponID, .id(Coupon.ID.self))
    let version = walk.required("version", shown?.version, .integer(1, to: .max))
    let code = walk.optional("code", shown?.code, .code())
    let lineID = walk.optional("line_item_id", shown?.lineID, .name(LineID.self))
    let phaseID = walk.optional("phase_id", shown?.phaseID, .name(PhaseID.self))
    let startsAt = walk.optional(
      "starts_at", shown?.startsAt, .instant(), "Invoices of this date on have it; null: any.")
    let endsAt = walk.optional("ends_at", shown?.endsAt, .instant())
    let priority = walk.required("priority", shown?.priority, .integer(-1000, to: 1000))
    let metadata = walk.required("metadata", shown?.metadata, NotesForm())
    let attachedAt = walk.required("attached_at", shown?.attachedAt, .instant())
    let detachedAt = walk.optional("detached_at", shown?.detachedAt, .instant())
    let isGivenBack = walk.required("given_back", shown?.isGivenBack, .flag())
    let invoices = walk.required(
      "invoices", shown?.invoices, .integer(0, to: .max), "The invoices that it takes something off.")
    let given = walk.required(
      "discount", shown?.given, .integer(), "What it takes off all of them, in minor units.")
    let carried = walk.sparse(
      "amount", shown?.carried, .integer(), "The whole amount that is carried over, in minor units.")
    let balance = walk.sparse("balance", shown?.balance, .integer(), "What is left of it.")
    guard let id, let couponID, let version, let code, let lineID, let phaseID, let startsAt, let endsAt,
      let priority, let metadata, let attachedAt, let detachedAt, let isGivenBack, let invoices, let given,
      let carried, balance != nil
    else { return nil }
    var read = Self(
      id: id, couponID: couponID, version: version, code: code, lineID: lineID, phaseID: phaseID,
      startsAt: startsAt, endsAt: endsAt, priority: priority, metadata: metadata, attachedAt: attachedAt,
      carried: carried)
    read.detachedAt = detachedAt
    read.isGivenBack = isGivenBack
    read.invoices = invoices
    read.given = given
    return read
  }
}

/// An association with what it holds of its coupon, as rows and events have it.
public struct StoredAssociation: ObjectForm {
  /// `StoredAssociation`
  public static let formName = "StoredAssociation"

  /// The association.
  public var association: Association

  /// Takes an association.
  public init(_ association: Association) { self.association = association }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: Self?) -> Self? {
    let association = Association.walk(&walk, stored?.association)
    let counters = walk.required("counters", stored?.association.counters, .list(UsageCounterForm()))
    let revocations = walk.required("revocations", stored?.association.revocations, .integer(0, to: .max))
    guard var association, let counters, let revocations else { return nil }
    association.counters = counters
    association.revocations = revocations
    return Self(association)
  }
}

/// A coupon of a subscription, as attaching and detaching answer it.
public struct SubscriptionCoupon: Hashable, Sendable {
  /// The subscription.
  public var subscriptionID: SubscriptionID
  /// The association.
  public var association: Association
  /// The number of the subscription's state.
  public var version: Int64

  /// Makes one.
  public init(subscriptionID: SubscriptionID, association: Association, version: Int64) {
    self.subscriptionID = subscriptionID
    self.association = association
    self.version = version
  }
}

extension SubscriptionCoupon: ObjectForm, JSONWritable {
  /// `SubscriptionCoupon`
  public static let formName = "SubscriptionCoupon"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let subscriptionID = walk.required(
      "subscription_id", shown?.subscriptionID, .name(SubscriptionID.self))
    let association = Association.walk(&walk, shown?.association)
    let version = walk.required(
      "subscription_version", shown?.version, .integer(1, to: .max), "The number of the subscription's state."
    )
    guard let subscriptionID, let association, let version else { return nil }
    return Self(subscriptionID: subscriptionID, association: association, version: version)
  }
}
