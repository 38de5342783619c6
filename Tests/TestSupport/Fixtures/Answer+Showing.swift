import Forms
import JSON
import Ledger
import Promotions

extension Answer {
  /// What kind of answer it is.
  public enum Kind: Hashable, Sendable {
    /// Something was made.
    case created
    /// Done, or done already.
    case ok
    /// No.
    case refused(Refusal.Code)
  }

  /// What kind of answer it is.
  public var kind: Kind {
    switch self {
    case .created: .created
    case .ok: .ok
    case .refused(let refusal): .refused(refusal.code)
    }
  }

  /// What a caller would see of it, besides secrets.
  public var body: [UInt8] {
    switch self {
    case .created(let reply), .ok(let reply): reply.body
    case .refused(let refusal): RefusalBody(detail: refusal.detail, items: refusal.items).json
    }
  }
}

extension Answer.Reply {
  fileprivate var body: [UInt8] {
    switch self {
    case .coupon(let coupon): coupon.json
    case .termlessCoupon(let coupon): coupon.json
    case .application(let application): application.json
    case .codes(let added): added.json
    case .accessKey(let key, _): key.json
    case .tenant(let tenant): tenant.json
    case .person(let person): person.json
    case .entity(let entity): entity.value.json
    }
  }
}

extension CommandOutcome {
  /// The refusal's code; nil if it is not one.
  public var refusal: Refusal.Code? {
    if case .refused(let refusal) = answer { return refusal.code }
    return nil
  }

  /// What a caller would see of the answer, besides secrets.
  public var text: String { String(decoding: answer.body, as: UTF8.self) }

  /// The secret of a key that was just made.
  public var secret: String? {
    if case .created(.accessKey(_, let secret)) = answer { return secret }
    return nil
  }

  /// What is the same for an answer and for the one that is given again: what a caller would see.
  public var shown: String { "\(answer.kind) \(text)" }
}
