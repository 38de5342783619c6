import Ledger
import Promotions
import Scrip

extension LoadPlan {
  /// Cursors of projections, which nobody else moves until the transaction ends.
  mutating func lockCursors(_ request: LoadRequest, in pipeline: inout Pipeline) {
    if request.cursors.isEmpty { return }
    add(
      """
      SELECT tenant FROM scrip.projection WHERE tenant = ANY ($1) AND name = ANY ($2)
      ORDER BY tenant, name FOR NO KEY UPDATE
      """,
      to: &pipeline
    ) {
      $0.bind(request.cursors.map(\.tenant))
      $0.bind(request.cursors.map(\.value.text))
    } read: { (_, _, _) throws(StoreFailure) in
    }
  }
}
