/// Something by which attempts of one person, or of one gang, are recognised: hashed where it names somebody.
public struct FraudTrait: Hashable, Comparable, Sendable {
  /// What it was made from.
  public enum Kind: String, CaseIterable, Sendable {
    /// The caller's user id, by its pseudonym.
    case user
    /// An e-mail address as it was typed.
    case email
    /// The mailbox behind an address, without what its provider ignores: `a.nn+x@gmail.com` and `ann@gmail.com` are one.
    case mailbox
    /// A phone number.
    case phone
    /// A device.
    case device
    /// A payment instrument's fingerprint.
    case payment
    /// A block of network addresses: a /24, or a /48 of IPv6.
    case network

    /// Its place among all of them.
    fileprivate var number: UInt8 {
      switch self {
      case .user: 0
      case .email: 1
      case .mailbox: 2
      case .phone: 3
      case .device: 4
      case .payment: 5
      case .network: 6
      }
    }

    /// Whether it stands for one person. Others may be shared by a family, an office or a whole carrier.
    public var isPersonal: Bool { self == .user || self == .email || self == .mailbox || self == .phone }
  }

  /// Some kinds.
  struct Kinds: OptionSet, Sendable {
    let rawValue: UInt8

    static let user = Kinds(.user)
    static let email = Kinds(.email)
    static let mailbox = Kinds(.mailbox)
    static let phone = Kinds(.phone)
    static let device = Kinds(.device)
    static let payment = Kinds(.payment)
    static let network = Kinds(.network)
    static let all = Kinds(rawValue: .max)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    private init(_ kind: Kind) { rawValue = 1 << kind.number }

    /// Whether a kind is one of them.
    func holds(_ kind: Kind) -> Bool { rawValue & (1 << kind.number) != 0 }
  }

  /// What it was made from.
  public let kind: Kind
  /// The first 64 bits of a pseudonym or of a keyed hash: enough to tell apart whoever a shop will ever see, and
  /// nothing that anybody could be found by.
  public let digest: UInt64
  /// Whether it stands for one person, and somebody without an account has named it: anybody may name anybody's address and
  /// number, so that is another one than the same named by a customer.
  private(set) var isClaimed = false

  /// Makes a trait.
  public init(_ kind: Kind, digest: UInt64) {
    self.kind = kind
    self.digest = digest
  }

  /// A trait of a hash in hexadecimal, or of a pseudonym.
  public init(_ kind: Kind, hash: String) {
    self.init(kind, digest: FraudTrait.digest(of: hash))
  }

  /// The trait of an identity key. That of an address is of the mailbox, since keys know no spelling.
  public init(_ key: IdentityKey) {
    let kind: Kind =
      switch key.kind {
      case .user: .user
      case .email: .mailbox
      case .phone: .phone
      case .device: .device
      case .payment: .payment
      }
    self.init(kind, hash: key.value.text)
  }

  private static func digest(of hash: String) -> UInt64 {
    if let person = Person.ID(hash) { return UInt64(truncatingIfNeeded: person.value) }
    let bytes = hash.utf8.prefix(16)
    if bytes.count == 16, let digest = UInt64(String(decoding: bytes, as: UTF8.self), radix: 16) {
      return digest
    }
    // Names that are no hashes: FNV-1a, so that all nodes take them for the same.
    return hash.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Hashes the digest, which is a hash itself: hardly ever do two kinds have the same one.
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// By kind, then by digest.
  public static func < (left: FraudTrait, right: FraudTrait) -> Bool {
    if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
    return left.digest == right.digest ? !left.isClaimed && right.isClaimed : left.digest < right.digest
  }

  /// The same, whoever has named it: as it is stored, listed and shown.
  var plain: FraudTrait { FraudTrait(kind, digest: digest) }

  /// The traits of one attempt as the book holds them.
  static func held(_ traits: [FraudTrait]) -> [FraudTrait] {
    if traits.contains(where: { $0.kind == .user }) { return traits }
    return traits.map { trait in
      var held = trait
      held.isClaimed = trait.kind.isPersonal
      return held
    }
  }
}

extension FraudTrait: CustomStringConvertible {
  /// Kind and digest, such as `device:00f3a9c2b17e4d58`: how it is stored and shown.
  public var description: String {
    let digits = String(digest, radix: 16)
    return "\(kind.rawValue):\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)"
  }

  /// Reads what `description` gives; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), parts[1].utf8.count == 16,
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
      let digest = UInt64(parts[1], radix: 16)
    else { return nil }
    self.init(kind, digest: digest)
  }
}

/// Somebody who wants to use coupons, as far as rules look at it.
public struct FraudAttempt: Hashable, Sendable {
  /// By what it is recognised, each once.
  public var traits: [FraudTrait]
  /// For how many days the shop has known the customer; nil if it has not said.
  public var accountAgeDays: Int64?
  /// The codes that were typed, as they are compared.
  public var codes: [FraudCode]
  /// When it is.
  public var at: Instant

  /// Describes an attempt.
  public init(
    traits: [FraudTrait], accountAgeDays: Int64? = nil, codes: [FraudCode] = [], at: Instant
  ) {
    self.traits = traits
    self.accountAgeDays = accountAgeDays
    self.codes = codes
    self.at = at
  }

  /// The same as the book holds it.
  var held: FraudAttempt {
    var held = self
    held.traits = FraudTrait.held(traits)
    return held
  }

  /// Whether it is somebody whom the shop does not know: a new account, or none. An account of which the shop has not
  /// said how old it is, is none.
  var isOfStranger: Bool {
    accountAgeDays.map { $0 < 2 } ?? !traits.contains { $0.kind == .user }
  }

  /// Under what the book knows its customer: the account, or for guests the address.
  var names: [FraudTrait] {
    let users = traits.filter { $0.kind == .user }
    return users.isEmpty ? traits.filter { $0.kind == .email } : users
  }
}

/// Marks codes as rules see them.
public enum FraudCodeSubject {}

/// A code as it is compared.
public typealias FraudCode = ExactText<FraudCodeSubject>

/// Something that happened and that rules remember.
public enum FraudSignal: String, CaseIterable, Sendable {
  /// A coupon was locked.
  case use
  /// A lock ended with a purchase.
  case purchase
  /// A lock ended without a purchase.
  case abandonment
  /// A code opened nothing.
  case miss
  /// A code opened nothing and differs in a single place from another that the same trait has tried.
  case nearMiss = "near_miss"
  /// A coupon of somebody else was tried.
  case foreignCoupon = "foreign_coupon"
  /// A purchase with a coupon was taken back.
  case refund
  /// An attempt was refused because of its score.
  case block
}
