import Ledger
import Scrip

extension LoadRequest {
  /// Asks whether codes are free, for as long as the transaction takes.
  mutating func addCodes(_ grants: [CodeGrant], to tenant: Tenant.ID) {
    if grants.isEmpty { return }
    codesAddedTo.insert(tenant)
    for grant in grants {
      skeletons.insert(Owned(tenant, grant.code.skeleton))
      // Whatever has a generated code's own spelling has its skeleton as well.
      if !grant.isGenerated { codes.insert(Owned(tenant, grant.code)) }
    }
  }
}

/// Where codes to be added stand in a request.
public enum GrantPlace: Sendable {
  /// In the list `codes`.
  case list
  /// Alone, as `code`.
  case single

  /// A JSON pointer to one of them.
  fileprivate func pointer(to index: Int) -> String {
    switch self {
    case .list: "/codes/\(index)"
    case .single: "/code"
    }
  }
}

/// Which codes can be given out.
extension WorkingSet {
  /// A code is taken by any coupon that is not archived, and by an earlier code of the same list. A generated code is
  /// also taken by any code that looks like it, and any code by a generated one.
  func checkFree(
    _ grants: [CodeGrant], _ tenant: Tenant.ID, at now: Instant, _ place: GrantPlace = .list
  ) throws(Refusal) {
    var places: [CouponCode: Int] = [:]
    var likenesses: [CodeSkeleton: Int] = [:]
    var taken: [Refusal.Item] = []
    for (index, grant) in grants.enumerated() {
      let skeleton = grant.code.skeleton
      let alike = likenesses[skeleton].flatMap { place in
        grant.isGenerated || grants[place].isGenerated ? place : nil
      }
      if let earlier = places[grant.code] ?? alike {
        taken.append(.repeated(grant.code, at: place.pointer(to: index), earlier: place.pointer(to: earlier)))
      } else if let holder = holder(of: grant.code, tenant) ?? holder(of: skeleton, besides: grant, tenant) {
        taken.append(
          .taken(
            grant.code, at: place.pointer(to: index), holder, coupons[Owned(tenant, holder.couponID)]?.coupon,
            now))
      } else if isUnreadable(grant, tenant) {
        taken.append(.unreadable(grant.code, at: place.pointer(to: index)))
      }
      places[grant.code] = places[grant.code] ?? index
      if likenesses[skeleton] == nil || grant.isGenerated { likenesses[skeleton] = index }
    }
    if !taken.isEmpty {
      throw Refusal(
        .codeTaken, "At least one code is in use or stands in the list twice, so none was added.",
        items: taken)
    }
  }

  /// Whether a row that can't be read stands where a code would: whose it is, is not known.
  func isUnreadable(_ grant: CodeGrant, _ tenant: Tenant.ID) -> Bool {
    if codes.unreadable[Owned(tenant, grant.code)] != nil { return true }
    return found.unreadableSkeletons[Owned(tenant, grant.code.skeleton)] != nil
  }

  /// Who has this very code; nil if it is free.
  func holder(of code: CouponCode, _ tenant: Tenant.ID) -> CodeRecord? {
    codes[Owned(tenant, code)].flatMap { isArchived($0, tenant) ? nil : $0 }
  }

  /// Who has a code that looks like a wanted one and can't stand beside it; nil if there is none.
  ///
  /// Given codes that look alike may stand beside each other, and a skeleton tells of one of them only. If that one's
  /// coupon was archived by a command before this one, others may be there: a generated code is not worth asking again.
  func holder(of skeleton: CodeSkeleton, besides grant: CodeGrant, _ tenant: Tenant.ID) -> CodeRecord? {
    guard let holder = codeRecord(of: skeleton, tenant) else { return nil }
    if holder.grant.isGenerated { return isArchived(holder, tenant) ? nil : holder }
    return grant.isGenerated ? holder : nil
  }

  private func isArchived(_ record: CodeRecord, _ tenant: Tenant.ID) -> Bool {
    life(of: Owned(tenant, record.couponID))?.state == .archived
  }
}

extension Refusal {
  /// Too many of a pattern's codes are given out.
  init(
    exhausted pattern: PatternSkeleton, _ detail: String,
    facts: Details  // String: names of facts
  ) {
    self.init(
      .patternExhausted, "\(detail), and at most half of them may be; use a longer pattern.",
      items: [
        Refusal.Item(
          pointer: "/generate/pattern", code: Refusal.Code.patternExhausted.rawValue,
          message: "At most half of a pattern's codes may be given out.", facts: facts)
      ])
  }
}

extension Refusal.Item {
  fileprivate static func repeated(
    _ code: CouponCode, at pointer: String, earlier: String
  ) -> Refusal.Item {
    Refusal.Item(
      pointer: pointer, code: Refusal.Code.codeTaken.rawValue,
      message: "The code \(code) stands in the list already.",
      facts: ["code": .text(code.canonical), "same_as": .text(earlier)])
  }

  fileprivate static func unreadable(_ code: CouponCode, at pointer: String) -> Refusal.Item {
    Refusal.Item(
      pointer: pointer, code: Refusal.Code.codeTaken.rawValue,
      message:
        "The code \(code) is in use, or looks like one that is, and what is stored of that can't be read.",
      facts: ["code": .text(code.canonical)])
  }

  fileprivate static func taken(
    _ code: CouponCode, at pointer: String, _ holder: CodeRecord, _ coupon: Coupon?, _ now: Instant
  ) -> Refusal.Item {
    var facts: Details = [  // String: names of facts
      "code": .text(code.canonical), "coupon_id": .text(holder.couponID.description),
    ]
    var message = "The code \(code) is in use by \(holder.couponID)"
    if holder.grant.code != code {
      facts["looks_like"] = .text(holder.grant.code.canonical)
      message = "The code \(code) looks like \(holder.grant.code), which is in use by \(holder.couponID)"
    }
    if let end = coupon?.terms.validity.endsAt, end <= now {
      facts["ended_at"] = .instant(end)
      message += ", which has expired; archive that coupon to free its codes"
    }
    return Refusal.Item(
      pointer: pointer, code: Refusal.Code.codeTaken.rawValue, message: message + ".", facts: facts)
  }
}
