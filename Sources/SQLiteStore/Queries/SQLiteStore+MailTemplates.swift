import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of a tenant's own mail templates in the order of their names.
  func mailTemplates(_ search: MailTemplatesOfTenant) throws(StoreFailure) -> [StoredMailTemplate] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(search.limit) { (last: StoredMailTemplate?, limit) throws(StoreFailure) in
        let after = last?.name ?? search.after
        return try rows.connection.rows(SQLiteStore.mailTemplatesOfTenant) {
          $0.bind(search.tenant)
          $0.bind(after?.mail.rawValue ?? "")
          $0.bind(after?.language ?? "")
          $0.bind(limit)
        } read: { (row) throws(StoreFailure) in
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
      SELECT \(SQLiteTable.columns(MailTemplateRow.self)) FROM mail_template
      WHERE tenant = ?1 AND (kind, language) > (?2, ?3) ORDER BY kind, language LIMIT ?4
      """)
}
