import Forms
import Ledger
import Scrip

/// A locked usage was priced again for a changed cart, or beside changed codes.
public struct UsageRepriced: CountingFact {
  /// `UsageRepriced`
  public static let formName = "UsageRepriced"

  /// Which usage.
  public var usage: UsageReference
  /// How it stood before.
  public var before: UsageStanding
  /// What it takes off from now on, in minor units.
  public var amount: Int64
  /// What the application's usages share from now on, with the first of them only.
  public var agreement: Agreement?
  /// Who buys from now on, if that has changed and the agreement is told with another usage.
  public var buyer: IdentityKey?

  /// Makes the fact.
  public init(
    _ usage: UsageReference, before: UsageStanding, amount: Int64, agreement: Agreement?,
    buyer: IdentityKey? = nil
  ) {
    self.usage = usage
    self.before = before
    self.buyer = buyer
    self.amount = amount
    self.agreement = agreement
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let usage = UsageReference.walk(&walk, fact?.usage)
    let before = walk.required("before", fact?.before, .object())
    let amount = walk.required("amount", fact?.amount, .integer())
    let agreement = walk.optional("agreement", fact?.agreement, .object())
    let buyer = walk.sparse("buyer", fact?.buyer, .identityKey())
    guard let usage, let before, let amount, let agreement, let buyer else { return nil }
    return Self(usage, before: before, amount: amount, agreement: agreement, buyer: buyer)
  }

  /// Who buys from now on, as far as the order said.
  public var buyerFromNowOn: IdentityKey? { buyer ?? agreement?.buyer ?? before.share.buyer }

  /// With its snapshot.
  public var lengthHint: Int { 1024 + (agreement?.encodedLength ?? 0) }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.applications.insert(Owned(tenant, usage.applicationID))
  }

  /// What it changes the amount of.
  public var counted: UsageReference? { usage }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    guard let found = set.usage(usage, of: key.tenant) else { return }
    // A usage whose lock ran out holds nothing until it is taken again.
    for counter in found.counters where found.state.isLive {
      let change = counter.increment(amount: amount) - counter.increment(amount: found.amount)
      if change != 0 { set.add(change, to: counter, of: key, under: found.code) }
    }
    set.update(usage.applicationID, of: key.tenant) { record in
      record.application.usages.withUsage(usage.usageID) { $0.amount = amount }
      if let agreement { record.agree(on: agreement, at: place) }
    }
  }
}
