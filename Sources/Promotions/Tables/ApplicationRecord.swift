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
  /// The rows that tell it: one for each usage.
  public func parts(of key: Owned<DiscountApplication.ID>) -> [(key: Owned<UsageKey>, row: UsageRow)] {
    var shared = self
    shared.application.usages = []
    shared.application.snapshot = .notLoaded
    return application.usages.indices.map { place in
      let usage = application.usages[place]
      return (
        Owned(key.tenant, UsageKey(applicationID: key.value, couponID: usage.couponID)),
        UsageRow(usage: usage, isFirst: place == 0, shared: shared)
      )
    }
  }

  /// Puts together what the rows of an application tell, those by coupon in their order; nil if there are none.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for rows that tell different things of one application.
  public init?(_ rows: [UsageRow]) throws(StoreFailure) {
    guard let first = rows.first else { return nil }
    guard rows.dropFirst().allSatisfy({ $0.shared == first.shared }) else {
      throw .corrupt("the usages of an application, which don't agree")
    }
    self = first.shared
    application.usages = rows.map(\.usage)
  }
}

extension ApplicationRecord: RowGroup {
  /// `application`
  public static let noun = "application"

  /// One that was given back makes room for another one of its order.
  public var makesRoom: Bool { !application.state.isLive }

  /// What people call it.
  public static func label(of key: Owned<DiscountApplication.ID>) -> String { key.value.description }
}
