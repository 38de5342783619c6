import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of a tenant's cases in one state, those in which something happened last first.
  func fraudCases(_ search: FraudCasesOfTenant) throws(StoreFailure) -> [FraudCase] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(search.limit) { (last: FraudCase?, limit) throws(StoreFailure) in
        let before = last?.place ?? search.before
        return try rows.connection.rows(SQLiteStore.fraudCases) {
          $0.bind(search.tenant)
          $0.bind(search.state.rawValue)
          $0.bind(before?.at ?? .latest)
          $0.bind(before?.suspect.description ?? "~")
          $0.bind(limit)
        } read: { (row) throws(StoreFailure) in
          let suspect = row.text(1)
          return try unreadable.read("fraud case", suspect, of: search.tenant) { () throws(StoreFailure) in
            try row.row(FraudCaseRow.self).1.content
          }
        }
      }
    }
  }

  private static let fraudCases = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(FraudCaseRow.self)) FROM fraud_case
      WHERE tenant = ?1 AND state = ?2 AND (latest_at, suspect) < (?3, ?4)
      ORDER BY latest_at DESC, suspect DESC LIMIT ?5
      """)

  /// What reviewers found, by rule.
  func fraudReviews(_ search: FraudReviewsOfTenant) throws(StoreFailure) -> [FraudReviews] {
    try list { (rows, _) throws(StoreFailure) in
      try rows.connection.rows(SQLiteStore.fraudReviews) {
        $0.bind(search.tenant)
      } read: { row in
        FraudReviews(
          rule: FraudRuleName(row.text(0)), confirmed: row.int64(1), dismissed: row.int64(2))
      }
    }
  }

  private static let fraudReviews: StatementText = """
    SELECT review_rule, sum(review = 'confirmed'), sum(review = 'dismissed') FROM fraud_case
    WHERE tenant = ?1 AND review_rule IS NOT NULL GROUP BY review_rule ORDER BY review_rule
    """
}
