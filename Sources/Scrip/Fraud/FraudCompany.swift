/// The traits that were seen together with one: a device with its users. So many and no more: whoever has this many has
/// too many, however many more there are.
struct FraudCompany: Hashable, Sendable {
  /// How many are remembered of a kind.
  static let mostOfKind = 12
  /// How long somebody is remembered, in microseconds: thirty days.
  private static let span: Int64 = 30 * 86_400_000_000

  private struct Member: Hashable, Sendable {
    let trait: FraudTrait
    var seenAt: Instant
    /// Whether it is a customer whom the shop did not know when it was seen first.
    let isStranger: Bool
  }

  private var members: [Member] = []

  /// Who is remembered with what: persons with a thing or a mailbox, things with a person.
  static func kinds(with kind: FraudTrait.Kind) -> [FraudTrait.Kind] {
    switch kind {
    case .device, .payment, .phone: [.user, .email]
    case .mailbox: [.user, .email, .device, .payment, .network]
    case .user: [.device, .payment, .network]
    case .email: [.device, .payment]
    case .network: []
    }
  }

  /// How many are remembered.
  var count: Int { members.count }

  /// When somebody was seen last.
  var latest: Instant { members.map(\.seenAt).max() ?? .earliest }

  /// Notes who was seen.
  mutating func add(_ traits: [FraudTrait], strangers: [FraudTrait] = [], at moment: Instant) {
    for trait in traits {
      if let place = members.firstIndex(where: { $0.trait == trait }) {
        members[place].seenAt = max(members[place].seenAt, moment)
        continue
      }
      let equals = members.indices.filter { members[$0].trait.kind == trait.kind }
      // Whoever was not seen for the longest time makes room.
      if equals.count >= FraudCompany.mostOfKind,
        let oldest = equals.min(by: { members[$0].seenAt < members[$1].seenAt })
      {
        members.remove(at: oldest)
      }
      members.append(Member(trait: trait, seenAt: moment, isStranger: strangers.contains(trait)))
    }
  }

  /// How many of a kind there are at a moment, together with those of an attempt.
  func count(of kind: FraudTrait.Kind, with others: [FraudTrait], at moment: Instant) -> Int64 {
    let known = members.filter { $0.trait.kind == kind && isRemembered($0, at: moment) }.map(\.trait)
    // One address is one, whoever has named it.
    return Int64(Set((known + others.filter { $0.kind == kind }).map(\.plain)).count)
  }

  /// The customers whom the shop did not know when they were seen first.
  func strangers(at moment: Instant) -> [FraudTrait] {
    members.filter { $0.isStranger && isRemembered($0, at: moment) }.map(\.trait)
  }

  /// The devices and cards.
  func things(at moment: Instant) -> [FraudTrait] {
    members.filter { ($0.trait.kind == .device || $0.trait.kind == .payment) && isRemembered($0, at: moment) }
      .map(\.trait)
  }

  private func isRemembered(_ member: Member, at moment: Instant) -> Bool {
    moment.microseconds - member.seenAt.microseconds < FraudCompany.span
  }
}
