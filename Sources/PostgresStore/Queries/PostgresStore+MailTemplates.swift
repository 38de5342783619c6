import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of a tenant's own mail templates in the order of their names.
  func mailTemplates(_ search: MailTemplatesOfTenant) throws(StoreFailure) -> [StoredMailTemplate] {
    try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(search.limit) { (last: StoredMailTemplate?, limit) throws(StoreFailure) in
        let after = last?.name ?? search.after
        let rows = try transaction.rows(PostgresStore.mailTemplatesOfTenant) {
          $0.bind(search.tenant)
          $0.bind(after?.mail.rawValue ?? "")
          $0.bind(after?.language ?? "")
          $0.bind(limit)
        }
        return try rows.map { (row) throws(StoreFailure) in
          let name = "\(row.text(1)) \(row.text(2))"
          return try unreadable.read("mail template", name, of: search.tenant) { () throws(StoreFailure) in
            let (key, template) = try row.row(MailTemplateRow.self)
            return template.template(key.value)
          } ?? nil
        }
      }
    }
  }

  private static let mailTemplatesOfTenant = StatementText(
    made: """
      SELECT \(PostgresTable.columns(MailTemplateRow.self, of: "t")) FROM scrip.mail_template AS t
      WHERE t.tenant = $1 AND (t.kind, t.language) > ($2, $3) ORDER BY t.kind, t.language LIMIT $4
      """)
}
