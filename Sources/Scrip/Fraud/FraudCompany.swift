/// The traits that were seen together with one: a device with its users. So many and no more: whoever has this many has
/// too many, however many more there are.
struct FraudCompany: Hashable, Sendable {
  /// How many are remembered of all kinds together.
  static let most = 16
  /// How long somebody is remembered, in microseconds: thirty days.
  private static let span: Int64 = 30 * 86_400_000_000

  private struct Member: Hashable, Sendable {
    let trait: FraudTrait
    var seenAt: Instant
  }

  private var members: [Member] = []

  /// How many are remembered.
  var count: Int { members.count }

  /// When somebody was seen last.
  var latest: Instant { members.map(\.seenAt).max() ?? .earliest }

  /// Notes who was seen.
  mutating func add(_ traits: [FraudTrait], at moment: Instant) {
    for trait in traits {
      if let place = members.firstIndex(where: { $0.trait == trait }) {
        members[place].seenAt = max(members[place].seenAt, moment)
        continue
      }
      if members.count >= FraudCompany.most {
        // Whoever was not seen for the longest time makes room.
        let oldest = members.indices.min { members[$0].seenAt < members[$1].seenAt }
        if let oldest { members.remove(at: oldest) }
      }
      members.append(Member(trait: trait, seenAt: moment))
    }
  }

  /// How many of a kind there are at a moment, together with those of an attempt.
  func count(of kind: FraudTrait.Kind, with others: [FraudTrait], at moment: Instant) -> Int64 {
    let known = members.filter {
      $0.trait.kind == kind && moment.microseconds - $0.seenAt.microseconds < FraudCompany.span
    }.map(\.trait)
    let new = others.filter { $0.kind == kind && !known.contains($0) }
    return Int64(known.count + new.count)
  }
}
