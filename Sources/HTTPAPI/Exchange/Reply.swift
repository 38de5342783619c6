import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// What a route answers, before the headers that all answers have.
struct Reply: Sendable {
  var status: Int
  var contentType: String? = "application/json"
  var headers: [(String, String)] = []
  var body: HTTPResponse.Body
  /// The problem's code, for log and counters.
  var code: ProblemCode?

  /// A JSON answer.
  static func json(_ bytes: [UInt8], status: Int = 200, headers: [(String, String)] = []) -> Reply {
    Reply(status: status, headers: headers, body: .bytes(bytes))
  }

  /// A form as JSON.
  static func json(form: some ObjectForm, headers: [(String, String)] = []) -> Reply {
    .json(JSONWriter.bytes(capacity: 1024) { form.write(to: &$0) }, headers: headers)
  }

  init(
    status: Int, contentType: String? = "application/json", headers: [(String, String)] = [],
    body: HTTPResponse.Body, code: ProblemCode? = nil
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
    self.code = code
  }
}

/// What a command was granted.
struct Grant: Sendable {
  let reply: Answer.Reply
  /// Whether something was made.
  let isNew: Bool
  /// Whether the same was answered before, under the same idempotency key.
  let isReplay: Bool
}

extension Reply {
  /// What a command was granted: 201 for something new, otherwise 200.
  init(_ grant: Grant) {
    self.init(
      status: grant.isNew ? 201 : 200, headers: grant.headers + Reply.replayed(grant.isReplay),
      body: .bytes(grant.body))
  }

  /// Marks an answer that was given before under the same idempotency key.
  static func replayed(_ isReplay: Bool) -> [(String, String)] {
    isReplay ? [("Idempotency-Replayed", "true")] : []
  }
}

extension Grant {
  fileprivate var body: [UInt8] {
    switch reply {
    case .coupon(let coupon): coupon.json
    case .termlessCoupon(let coupon): coupon.json
    case .application(let application): application.json
    case .codes(let added): added.json
    case .accessKey(let key, let secret):
      isNew ? JSONWriter.bytes { NewKey(key: key, secret: secret).write(to: &$0) } : key.json
    case .tenant(let tenant): tenant.json
    case .person(let person): person.json
    case .entity(let entity): entity.value.json
    }
  }

  /// Where a new thing is, and which version of it is shown.
  fileprivate var headers: [(String, String)] {
    switch reply {
    case .coupon(let coupon): location("/v1/coupons/\(coupon.id)") + [("ETag", coupon.entityTag)]
    case .termlessCoupon(let coupon): [("ETag", "\"v\(coupon.version)\"")]
    case .application(let application): location("/v1/applications/\(application.id)")
    case .codes, .person: []
    case .accessKey: isNew ? [("Cache-Control", "no-store")] : []
    case .tenant(let tenant): [("ETag", tenant.settings.entityTag)]
    case .entity(let entity): location(entity.value.path) + [("ETag", "\"v\(entity.value.version)\"")]
    }
  }

  private func location(_ path: String) -> [(String, String)] { isNew ? [("Location", path)] : [] }
}

extension Coupon {
  /// The entity tag of its version.
  var entityTag: String { "\"v\(version)\"" }
}

extension TenantSettings {
  /// The entity tag of these settings.
  var entityTag: String { "\"s\(tag)\"" }
}
