extension Subscription: UserNaming {
  /// Renames who pays.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    content.customer = rename(content.customer)
  }
}

extension Invoice: UserNaming {
  /// Renames who pays.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    content.customer = content.customer.map(rename)
  }
}

extension StreamID {
  /// What concerns one subscription.
  public static func subscription(_ id: Subscription.ID) -> StreamID { StreamID(.subscription, id.value) }

  /// What concerns one invoice.
  public static func invoice(_ id: Invoice.ID) -> StreamID { StreamID(.invoice, id.value) }
}
