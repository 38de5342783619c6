import Forms
import Ledger
import Scrip

/// Codes now open a coupon.
public struct CodesAdded: PromotionFact {
  /// `CodesAdded`
  public static let formName = "CodesAdded"

  /// The codes.
  public var grants: [CodeGrant]

  /// Makes the fact.
  public init(_ grants: [CodeGrant]) { self.grants = grants }

  /// How large the codes of one fact may be, in bytes of JSON: brokers take no messages that are much larger.
  static let bytesMax = 384 << 10

  /// Facts that add codes, none of them too large for a message. One decision has all of them.
  public static func facts(
    adding grants: [CodeGrant], to id: Coupon.ID
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    var (parts, bytes): ([[CodeGrant]], Int) = ([], 0)
    for grant in grants {
      let size = grant.json.count + 1
      if parts.isEmpty || bytes + size > bytesMax {
        parts.append([])
        bytes = 0
      }
      parts[parts.count - 1].append(grant)
      bytes += size
    }
    return parts.map { (.coupon(id), CodesAdded($0)) }
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("codes", fact?.grants, .objects(CodeGrant.self)).map { Self($0) }
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    for grant in grants { request.codes.insert(Owned(tenant, grant.code)) }
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    set.found.codedCoupons[key] = true
    for grant in grants {
      let code = Owned(key.tenant, grant.code)
      set.codes.insert(CodeRecord(couponID: key.value, grant: grant, used: 0), for: code)
      set.noteSkeleton(of: grant, key.tenant)
    }
  }
}

extension WorkingSet {
  /// A generated code stands before given ones, and any of them before one that an archived coupon has left.
  fileprivate mutating func noteSkeleton(of grant: CodeGrant, _ tenant: Tenant.ID) {
    let skeleton = grant.code.skeleton
    for key in found.codesOfPattern.keys where key.tenant == tenant && key.value.matches(skeleton) {
      found.codesOfPattern[key, default: 0] += 1
    }
    if !grant.isGenerated, let holder = codeRecord(of: skeleton, tenant),
      life(of: Owned(tenant, holder.couponID))?.state != .archived
    {
      return
    }
    found.codeOfSkeleton[Owned(tenant, skeleton)] = grant.code
  }
}
