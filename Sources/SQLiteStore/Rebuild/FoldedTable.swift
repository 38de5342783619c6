/// A table that the events lead to, with the statements that compare and replace it. The scratch database is attached
/// as `scratch`; both have the same schema and so the same order of columns.
struct FoldedTable: Sendable {
  let name: String
  let onlyHere: StaticString
  let onlyInScratch: StaticString
  let replace: StaticString

  static let all: [FoldedTable] = [
    FoldedTable(
      name: "tenant",
      onlyHere: """
        SELECT 'tenant ' || number
        FROM (SELECT * FROM main.tenant EXCEPT SELECT * FROM scratch.tenant)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || number
        FROM (SELECT * FROM scratch.tenant EXCEPT SELECT * FROM main.tenant)
        """,
      replace: "DELETE FROM main.tenant; INSERT INTO main.tenant SELECT * FROM scratch.tenant;"),
    FoldedTable(
      name: "coupon",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' coupon ' || lower(hex(id))
        FROM (SELECT * FROM main.coupon EXCEPT SELECT * FROM scratch.coupon)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' coupon ' || lower(hex(id))
        FROM (SELECT * FROM scratch.coupon EXCEPT SELECT * FROM main.coupon)
        """,
      replace: "DELETE FROM main.coupon; INSERT INTO main.coupon SELECT * FROM scratch.coupon;"),
    FoldedTable(
      name: "coupon_version",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' coupon ' || lower(hex(coupon_id)) || ' version ' || version
        FROM (SELECT * FROM main.coupon_version EXCEPT SELECT * FROM scratch.coupon_version)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' coupon ' || lower(hex(coupon_id)) || ' version ' || version
        FROM (SELECT * FROM scratch.coupon_version EXCEPT SELECT * FROM main.coupon_version)
        """,
      replace:
        "DELETE FROM main.coupon_version; INSERT INTO main.coupon_version SELECT * FROM scratch.coupon_version;"
    ),
    FoldedTable(
      name: "code",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' code ' || canonical
        FROM (SELECT * FROM main.code EXCEPT SELECT * FROM scratch.code)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' code ' || canonical
        FROM (SELECT * FROM scratch.code EXCEPT SELECT * FROM main.code)
        """,
      replace: "DELETE FROM main.code; INSERT INTO main.code SELECT * FROM scratch.code;"),
    FoldedTable(
      name: "counter",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' coupon ' || lower(hex(coupon_id)) || ' counter ' || counter
        FROM (SELECT * FROM main.counter EXCEPT SELECT * FROM scratch.counter)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' coupon ' || lower(hex(coupon_id)) || ' counter ' || counter
        FROM (SELECT * FROM scratch.counter EXCEPT SELECT * FROM main.counter)
        """,
      replace: "DELETE FROM main.counter; INSERT INTO main.counter SELECT * FROM scratch.counter;"),
    FoldedTable(
      name: "application",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' application ' || lower(hex(id))
        FROM (SELECT * FROM main.application EXCEPT SELECT * FROM scratch.application)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' application ' || lower(hex(id))
        FROM (SELECT * FROM scratch.application EXCEPT SELECT * FROM main.application)
        """,
      replace: "DELETE FROM main.application; INSERT INTO main.application SELECT * FROM scratch.application;"
    ),
    FoldedTable(
      name: "usage",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' application ' || lower(hex(application_id)) || ' coupon ' || lower(hex(coupon_id))
        FROM (SELECT * FROM main.usage EXCEPT SELECT * FROM scratch.usage)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' application ' || lower(hex(application_id)) || ' coupon ' || lower(hex(coupon_id))
        FROM (SELECT * FROM scratch.usage EXCEPT SELECT * FROM main.usage)
        """,
      replace: "DELETE FROM main.usage; INSERT INTO main.usage SELECT * FROM scratch.usage;"),
    FoldedTable(
      name: "access_key",
      onlyHere: """
        SELECT 'tenant ' || tenant || ' key ' || lower(hex(id))
        FROM (SELECT * FROM main.access_key EXCEPT SELECT * FROM scratch.access_key)
        """,
      onlyInScratch: """
        SELECT 'tenant ' || tenant || ' key ' || lower(hex(id))
        FROM (SELECT * FROM scratch.access_key EXCEPT SELECT * FROM main.access_key)
        """,
      replace: "DELETE FROM main.access_key; INSERT INTO main.access_key SELECT * FROM scratch.access_key;"),
  ]
}
