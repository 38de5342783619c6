/// Who a per-user limit is held against. An order may carry several; any one at its limit refuses.
public struct IdentityKey: Hashable, Comparable, Sendable {
  /// What the key was made from. The letter is its form in the database.
  public enum Kind: String, CaseIterable, Sendable {
    /// The caller's own user id, as it is.
    case user = "u"
    /// A keyed hash of a normalised e-mail address.
    case email = "e"
    /// A keyed hash of a phone number in E.164.
    case phone = "p"
    /// A keyed hash of a device identifier.
    case device = "d"
    /// A keyed hash of a payment instrument's fingerprint.
    case payment = "c"
  }

  /// What the key was made from.
  public let kind: Kind
  /// The user id, for which the service has a pseudonym, or the hash in lower-case hexadecimal.
  public let value: ExactText<IdentityKey>

  /// Makes a key; for all kinds but `user` the value is a hash already.
  public init(kind: Kind, value: ExactText<IdentityKey>) {
    self.kind = kind
    self.value = value
  }

  /// The key of a user id.
  public init(_ user: UserID) { self.init(kind: .user, value: ExactText(user.text)) }

  /// Kind and value in one string, such as `u:42`: how it is stored.
  public var stored: String { kind.rawValue + ":" + value.text }

  /// Hashes the value: hardly ever do keys of two kinds have the same one.
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }

  /// Reads the stored form; nil if it is malformed.
  public init?(stored: some StringProtocol) {
    // Scalars, since a user id that begins with a combining mark would make one character with the colon.
    let scalars = stored.unicodeScalars
    guard let separator = scalars.firstIndex(of: ":"), let kind = Kind(rawValue: String(stored[..<separator]))
    else { return nil }
    self.kind = kind
    value = ExactText(String(stored[scalars.index(after: separator)...]))
  }

  /// By stored form, which is the order in which counters are taken.
  public static func < (left: IdentityKey, right: IdentityKey) -> Bool {
    left.kind == right.kind ? left.value < right.value : left.kind.rawValue < right.kind.rawValue
  }
}
