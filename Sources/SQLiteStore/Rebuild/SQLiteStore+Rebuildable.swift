import Ledger
import Promotions
import Scrip

extension SQLiteStore: RebuildableStore {
  /// An empty store in temporary files, which go with it.
  public func makeScratch() throws(StoreFailure) -> any PromotionStore { try makeScratchStore() }

  /// Leaves one live application of each order in a scratch store.
  ///
  /// - Precondition: the scratch store was made by this store.
  public func settle(_ scratch: any PromotionStore) throws(StoreFailure) -> [OrderConflict] {
    try scratch.settleConflicts(among: own(scratch).secondApplications())
  }

  /// What the tables of this store and of a scratch store do not have in common.
  ///
  /// - Precondition: the scratch store was made by this store.
  public func differences(to scratch: any PromotionStore) throws(StoreFailure) -> [TableDifference] {
    let found: [FoldedTableDifference] = try differences(to: own(scratch))
    return found.map { difference in
      TableDifference(
        table: difference.table, missing: difference.missing, unexplained: difference.unexpected,
        samples: difference.missingSample.map { "missing: \($0)" }
          + difference.unexpectedSample.map { "unexplained: \($0)" })
    }
  }

  /// Replaces the tables that are folded from events by those of a scratch store, in one transaction.
  ///
  /// - Precondition: the scratch store was made by this store.
  public func adopt(_ scratch: any PromotionStore) throws(StoreFailure) { try adopt(own(scratch)) }

  private func own(_ scratch: any PromotionStore) -> SQLiteStore {
    guard let scratch = scratch as? SQLiteStore else {
      preconditionFailure("a store is compared with a scratch store of its own")
    }
    return scratch
  }
}
