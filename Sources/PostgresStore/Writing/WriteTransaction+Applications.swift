import Engine
import Scrip

/// Writing applications, each of which is a row for each of its usages.
extension WriteTransaction {
  /// Gathers what has changed of applications. A statement that finds a second live application of an order in its way, or
  /// none of an application's rows that are to be changed, refuses the transaction.
  func write(_ applications: Rows<ApplicationRecord>) {
    if applications.isUnchanged { return }
    let writing = applications.writing
    let changed = writing.updated + writing.redefined
    // Those that make room for others have to have done so before those are looked at.
    change(changed.filter { applications.written($0).makesRoom }, of: applications)
    change(changed.filter { !applications.written($0).makesRoom }, of: applications)
    send(rows(writing.new, of: applications), to: PostgresTable.of(UsageRow.shape).write(.insert), .insert)
  }

  /// Most changes add no usage. One that does may add one before the first, which by then has made room for it.
  private func change(_ keys: [Owned<DiscountApplication.ID>], of applications: Rows<ApplicationRecord>) {
    send(rows(keys, of: applications), to: WriteTransaction.changeUsages, .update, counting: keys.count)
    let several = keys.filter { applications.written($0).application.usages.count > 1 }
    send(rows(several, of: applications), to: WriteTransaction.addUsages, .insert)
  }

  private func rows(
    _ keys: [Owned<DiscountApplication.ID>], of applications: Rows<ApplicationRecord>
  ) -> [(key: Owned<UsageKey>, row: UsageRow)] {
    keys.flatMap { applications.written($0).usageRows(of: $0) }
  }

  private func send(
    _ rows: [(key: Owned<UsageKey>, row: UsageRow)], to statement: StatementText, _ change: RowChange,
    counting count: Int? = nil
  ) {
    if rows.isEmpty { return }
    add { pipeline in
      pipeline.add(statement) { parameters in
        var arrays = ColumnArrays(UsageRow.shape, ColumnRoles(of: change))
        for (key, row) in rows { arrays.add(row, key) }
        arrays.bind(to: &parameters)
        if let count { parameters.bind(count) }
      }
    }
  }

  /// Behind the columns: of how many applications there has to be a row.
  private static let changeUsages = StatementText(
    made: {
      let columns = UsageRow.shape.columns(of: .update)
      let set = columns.filter { !$0.isFound }.map { "\($0.name) = n.\($0.name)" }.joined(separator: ", ")
      return """
        WITH written AS (UPDATE scrip.usage AS t SET \(set) \
        FROM unnest(\(numbers(columns.count))) AS n(\(list(columns))) \
        WHERE t.tenant = n.tenant AND t.application_id = n.application_id AND t.coupon_id = n.coupon_id \
        RETURNING t.tenant, t.application_id) \
        SELECT scrip.require((SELECT count(*) FROM (SELECT DISTINCT tenant, application_id FROM written) AS w) \
        = $\(columns.count + 1), 'an application that changed is not there')
        """
    }())

  private static let addUsages = StatementText(
    made: {
      let columns = UsageRow.shape.columns(of: .insert)
      return """
        INSERT INTO scrip.usage (\(list(columns))) SELECT * FROM unnest(\(numbers(columns.count))) \
        ON CONFLICT (tenant, application_id, coupon_id) DO NOTHING
        """
    }())

  private static func numbers(_ count: Int) -> String {
    (1...count).map { "$\($0)" }.joined(separator: ", ")
  }

  private static func list(_ columns: [TableShape.Column]) -> String {
    columns.map(\.name).joined(separator: ", ")
  }
}
