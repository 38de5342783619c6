import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of a tenant's cases in one state, those in which something happened last first.
  func fraudCases(_ search: FraudCasesOfTenant) throws(StoreFailure) -> [FraudCase] {
    try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(search.limit) { (last: FraudCase?, limit) throws(StoreFailure) in
        let before = last?.place ?? search.before
        let rows = try transaction.rows(PostgresStore.fraudCases) {
          $0.bind(search.tenant)
          $0.bind(search.state.rawValue)
          $0.bind(before?.at ?? .latest)
          $0.bind(before?.suspect.description ?? "~")
          $0.bind(limit)
        }
        return try rows.map { (row) throws(StoreFailure) in
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
      SELECT \(PostgresTable.columns(FraudCaseRow.self, of: "t")) FROM scrip.fraud_case AS t
      WHERE t.tenant = $1 AND t.state = $2 AND (t.latest_at, t.suspect) < ($3, $4)
      ORDER BY t.latest_at DESC, t.suspect DESC LIMIT $5
      """)

  /// What reviewers found, by rule.
  func fraudReviews(_ search: FraudReviewsOfTenant) throws(StoreFailure) -> [FraudReviews] {
    try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(PostgresStore.fraudReviews) { $0.bind(search.tenant) }
      return rows.map { row in
        FraudReviews(
          rule: FraudRuleName(row.text(0)), confirmed: row.int64(1), dismissed: row.int64(2))
      }
    }
  }

  private static let fraudReviews: StatementText = """
    SELECT t.review_rule, count(*) FILTER (WHERE t.review = 'confirmed'),
      count(*) FILTER (WHERE t.review = 'dismissed') FROM scrip.fraud_case AS t
    WHERE t.tenant = $1 AND t.review_rule IS NOT NULL GROUP BY t.review_rule ORDER BY t.review_rule
    """
}
