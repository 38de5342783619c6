import Scrip

/// The attacks of a scenario, each in a file of its own.
extension ShopScript {
  mutating func play(_ attack: ShopAttack, _ manner: ShopAttackManner) {
    switch attack {
    case .codeGuessing: guessCodes(manner)
    case .manyAccounts: makeAccounts(manner)
    case .sharedCode: shareCode(manner)
    case .lockHoarding: hoardLocks(manner)
    case .leakedCode: leakCode(manner)
    case .refundCycling: cycleRefunds(manner)
    }
  }

  /// When an attack of the third week begins, in seconds.
  mutating func beginning() -> Int64 { Int64(random.within(14 * 86_400...17 * 86_400)) }

  /// So many numbers that stand for something nobody has seen.
  mutating func fresh(_ count: Int) -> [UInt64] { (0..<count).map { _ in random.next() } }

  /// Addresses to hide behind: rented ones, some of them those of carriers on which honest people surf.
  mutating func rentedNetworks(_ count: Int) -> [UInt64] {
    (0..<count).map { _ in random.happens(perMille: 100) ? random.pick(town.carriers) : random.next() }
  }
}
