import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// All codes of a coupon, a thousand at a time, so that memory stays the same however many there are.
struct CodeStream: Sendable {
  /// What is streamed.
  enum Form: String, CaseIterable, Sendable {
    case csv = "text/csv"
    case ndjson = "application/x-ndjson"

    /// The first of the forms that `Accept` names; nil for a page of JSON.
    init?(accepted header: String?) {
      guard let header else { return nil }
      for range in header.split(separator: ",") {
        let type = (range.split(separator: ";").first ?? "").filter { $0 != " " }.lowercased()
        if let form = Form(rawValue: type) {
          self = form
          return
        }
        if type == "application/json" { return nil }
      }
      return nil
    }
  }

  private static let codesAtOnce = 1000

  private let couponID: Coupon.ID
  private let tenant: Tenant.ID
  private let engine: Engine
  private let form: Form

  init(_ couponID: Coupon.ID, _ tenant: Tenant.ID, _ engine: Engine, _ form: Form) {
    self.couponID = couponID
    self.tenant = tenant
    self.engine = engine
    self.form = form
  }

  var reply: Reply {
    Reply(status: 200, contentType: form.rawValue, body: .stream(HTTPBodyStream { try await write(to: $0) }))
  }

  private func write(to output: HTTPBodyWriter) async throws {
    if form == .csv { try await output.write(Array("code,display,owner,limit,generated,used\r\n".utf8)) }
    var last: CouponCode?
    while true {
      let (couponID, tenant, after) = (couponID, tenant, last)
      let found = try await engine.ask { (store) throws(StoreFailure) in
        try store.codes(of: couponID, tenant: tenant, after: after, limit: CodeStream.codesAtOnce)
      }
      let records = try await engine.naming(found, of: tenant)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(records.count * 96)
      for record in records { append(record, to: &bytes) }
      try await output.write(bytes)
      guard records.count == CodeStream.codesAtOnce else { return }
      last = records.last?.grant.code
    }
  }

  private func append(_ record: CodeRecord, to bytes: inout [UInt8]) {
    switch form {
    case .ndjson:
      bytes += JSONWriter.bytes { record.grant.write(to: &$0, used: record.used) }
      bytes.append(UInt8(ascii: "\n"))
    case .csv:
      let grant = record.grant
      let fields = [
        grant.code.canonical, grant.display, grant.owner?.text ?? "", grant.limit.map(String.init) ?? "",
        String(grant.isGenerated), String(record.used),
      ]
      bytes += fields.map(CodeStream.csvField).joined(separator: ",").utf8
      bytes += [0x0D, 0x0A]
    }
  }

  /// A field as RFC 4180 wants it: quoted where it holds a comma, a quote or a line break.
  private static func csvField(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}
