import Ledger
import Scrip

/// An application with the event that holds its snapshot, so that the snapshot is stored once.
public struct ApplicationRecord: Hashable, Sendable {
  /// The application with its usages and its snapshot.
  public var application: DiscountApplication
  /// The event that its agreement came with.
  public var agreedIn: EventReference

  /// Makes a record.
  public init(application: DiscountApplication, agreedIn: EventReference) {
    self.application = application
    self.agreedIn = agreedIn
  }
}

/// Where an event stands in its stream.
public struct EventReference: Hashable, Sendable {
  /// The coupon whose stream it is.
  public let couponID: Coupon.ID
  /// Its number there.
  public let sequence: Int64

  /// Makes a reference.
  public init(couponID: Coupon.ID, sequence: Int64) {
    self.couponID = couponID
    self.sequence = sequence
  }
}

extension ApplicationRecord {
  /// The rows of its usages.
  public func usageRows(of key: Owned<DiscountApplication.ID>) -> [(key: Owned<UsageKey>, row: UsageRow)] {
    application.usages.map { usage in
      (
        Owned(key.tenant, UsageKey(applicationID: key.value, couponID: usage.couponID)),
        UsageRow(usage: usage, orderID: application.orderID)
      )
    }
  }
}

extension ApplicationRecord: StoredRow {
  /// `application`
  public static let shape = TableShape(Self.self, "application", noun: "application")

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<DiscountApplication.ID>?
  ) throws(StoreFailure) -> Owned<DiscountApplication.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order. Its snapshot and its usages stand elsewhere.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<DiscountApplication.ID>
  ) throws(StoreFailure) -> Self {
    let application = row?.application
    return Self(
      application: DiscountApplication(
        id: key.value,
        orderID: try walk.column("order_id", .fixed, application?.orderID),
        buyer: try walk.optional("buyer", .plain, application?.buyer),
        state: try walk.column("state", .plain, application?.state),
        lockedAt: try walk.column("locked_at", .fixed, application?.lockedAt),
        expiresAt: try walk.column("expires_at", .plain, application?.expiresAt),
        settledAt: try walk.optional("settled_at", .plain, application?.settledAt),
        releaseCause: try walk.optional("release_cause", .plain, application?.releaseCause),
        currency: try walk.column("currency", .fixed, application?.currency),
        discount: try walk.column("discount", .plain, application?.discount),
        total: try walk.column("total", .plain, application?.total),
        snapshot: application?.snapshot ?? .notLoaded,
        usages: application?.usages ?? []),
      agreedIn: EventReference(
        couponID: try walk.column("agreed_coupon_id", .plain, row?.agreedIn.couponID),
        sequence: try walk.column("agreed_sequence", .plain, row?.agreedIn.sequence)))
  }

  /// One that was given back makes room for another one of its order.
  public var makesRoom: Bool { !application.state.isLive }

  /// What people call it.
  public static func label(of key: Owned<DiscountApplication.ID>) -> String { key.value.description }
}
