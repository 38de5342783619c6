import Digest
import Ledger
import Scrip

/// Where coupons and their uses are kept.
public typealias PromotionStore = Store<WorkingSet>

/// A key by the SHA-256 of its secret; nil if no key has it. Revoked keys are found, too.
public struct KeyOfSecret: Search {
  /// The answer.
  public typealias Found = AccessKey?

  /// SHA-256 of the secret.
  public let secretHash: Hash256
}

/// A page of a tenant's keys, oldest first.
public struct KeysOfTenant: Search {
  /// The answer.
  public typealias Found = [AccessKey]

  /// Whose keys.
  public let tenant: Tenant.ID
  /// Only those behind this one.
  public let after: AccessKey.ID?
  /// How many at most.
  public let limit: Int
}

/// All tenants, by number.
public struct AllTenants: Search {
  /// The answer.
  public typealias Found = [Tenant]
}

/// The numbers of all tenants, in order. Reads nothing else, so that one tenant's damaged row is no other's affair.
public struct TenantNumbers: Search {
  /// The answer.
  public typealias Found = [Tenant.ID]
}

/// A page of coupons, newest first.
public struct CouponSearch: Search {
  /// The answer.
  public typealias Found = [Coupon]

  /// Which ones.
  public let filter: CouponFilter
  /// Whose.
  public let tenant: Tenant.ID
}

/// A page of a coupon's codes, in the order of their canonical form.
public struct CodesOfCoupon: Search {
  /// The answer.
  public typealias Found = [CodeRecord]

  /// Which coupon.
  public let couponID: Coupon.ID
  /// Whose it is.
  public let tenant: Tenant.ID
  /// Only those behind this one.
  public let after: CouponCode?
  /// How many at most.
  public let limit: Int
}

/// A page of the coupons that are personal to a user, newest first, archived ones left out: those that the user owns and
/// those of which the user owns a code. Each comes with the user's own codes, `WalletFilter.codesMax` at most.
public struct WalletSearch: Search {
  /// The answer.
  public typealias Found = [PersonalCoupon]

  /// Which ones.
  public let filter: WalletFilter
  /// Of which tenant.
  public let tenant: Tenant.ID
}

/// What an event of a coupon says was agreed. A store fails as `corrupt` if there is no such event, or nothing was agreed
/// in it.
public struct AgreementOfEvent: Search {
  /// The answer.
  public typealias Found = Agreement

  /// Which event.
  public let event: Owned<EventReference>
}

/// How a coupon was used.
public struct StatisticsOfCoupon: Search {
  /// The answer.
  public typealias Found = CouponStatistics

  /// Which coupon.
  public let couponID: Coupon.ID
  /// Whose it is.
  public let tenant: Tenant.ID
}

/// The tenants that have locks whose time is over at a moment, or coupons whose revoked locks are not all given back, each
/// with the moment that is its own.
public struct TenantsToTidy: Search {
  /// The answer.
  public typealias Found = [UntidyTenant]

  /// The moment.
  public let moment: Instant
}

/// A tenant that has locks to be given back.
public struct UntidyTenant: Hashable, Sendable {
  /// Which tenant.
  public let id: Tenant.ID
  /// What it was there, by its own clock if it has one.
  public let moment: Instant

  /// Names a tenant with its moment.
  public init(_ id: Tenant.ID, at moment: Instant) {
    self.id = id
    self.moment = moment
  }
}

/// A page of a tenant's locks that are to be given back, those that run out first before others.
public struct LockSearch: Search {
  /// The answer.
  public typealias Found = [FoundLock]

  /// Which ones.
  public let filter: LockFilter
}

/// A page of orders that are kept here, newest first.
public struct OrderSearch: Search {
  /// The answer.
  public typealias Found = ListPage<Order>

  /// Which ones.
  public let filter: OrderFilter
  /// Whose.
  public let tenant: Tenant.ID

  /// Asks for a page.
  public init(_ filter: OrderFilter, of tenant: Tenant.ID) {
    self.filter = filter
    self.tenant = tenant
  }
}

/// A page of the templates that a tenant has written, in the order of their names.
public struct MailTemplatesOfTenant: Search {
  /// The answer.
  public typealias Found = [StoredMailTemplate]

  /// Whose.
  public let tenant: Tenant.ID
  /// Only behind this one.
  public let after: MailTemplateName?
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(of tenant: Tenant.ID, after: MailTemplateName? = nil, limit: Int) {
    self.tenant = tenant
    self.after = after
    self.limit = limit
  }
}
