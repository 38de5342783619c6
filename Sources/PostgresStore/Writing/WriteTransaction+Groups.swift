import Ledger
import Promotions
import Scrip

/// Writing what several rows of a table tell together.
extension WriteTransaction {
  /// Gathers what has changed of groups. A statement that finds a unique key in its way, or none of a group's rows that
  /// are to be changed, refuses the transaction.
  func write<Group: RowGroup>(groups: Rows<Group>) {
    if groups.isUnchanged { return }
    let writing = groups.writing
    let changed = writing.updated + writing.redefined
    // Those that make room for others have to have done so before those are looked at.
    change(changed.filter { groups.written($0).makesRoom }, of: groups)
    change(changed.filter { !groups.written($0).makesRoom }, of: groups)
    let new = writing.new.flatMap { groups.written($0).parts(of: $0) }
    send(new, to: PostgresTable.of(Group.Part.shape).write(.insert), .insert)
  }

  /// Most changes add no row. One that does may add one before the first, which by then has made room for it.
  private func change<Group: RowGroup>(_ keys: [Group.Key], of groups: Rows<Group>) {
    let table = PostgresTable.of(Group.Part.shape)
    let all = keys.map { groups.written($0).parts(of: $0) }
    send(all.flatMap { $0 }, to: table.changeParts, .update, counting: keys.count)
    send(all.filter { $0.count > 1 }.flatMap { $0 }, to: table.addParts, .insert)
  }

  private func send<Row: StoredRow>(
    _ rows: [(key: Row.Key, row: Row)], to statement: StatementText, _ change: RowChange,
    counting count: Int? = nil
  ) {
    if rows.isEmpty { return }
    add { pipeline in
      pipeline.add(statement) { parameters in
        var arrays = ColumnArrays(Row.shape, ColumnRoles(of: change))
        for (key, row) in rows { arrays.add(row, key) }
        arrays.bind(to: &parameters)
        if let count { parameters.bind(count) }
      }
    }
  }
}
