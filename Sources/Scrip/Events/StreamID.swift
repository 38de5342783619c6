/// Whose history an event belongs to. Each stream has its own sequence numbers and its own hash chain.
public struct StreamID: Hashable, Sendable {
  /// What it is the history of.
  public let kind: StreamKind
  /// Which one: the 128 bits of its identifier; zero for the tenant itself.
  public let id: UInt128

  /// Makes a stream's name.
  public init(_ kind: StreamKind, _ id: UInt128) {
    self.kind = kind
    self.id = id
  }

  /// What concerns the tenant as a whole: settings, keys, codes that nobody knows.
  public static let tenant = StreamID(.tenant, 0)

  /// What concerns one coupon, each of its uses included.
  public static func coupon(_ id: Coupon.ID) -> StreamID { StreamID(.coupon, id.value) }

  /// The coupon whose history it is; nil if it is no coupon's.
  public var couponID: Coupon.ID? { kind == .coupon ? Coupon.ID(id) : nil }
}

extension StreamID: Comparable {
  /// By kind, then by identifier: the order in which streams' owners are locked.
  public static func < (left: StreamID, right: StreamID) -> Bool {
    (left.kind.number, left.id) < (right.kind.number, right.id)
  }
}

extension StreamID: CustomStringConvertible {
  /// `tenant`, or what the identifier's text is: `coupon_…`.
  public var description: String {
    if kind == .tenant { return kind.name }
    return kind.name + "_" + Base32.text(id)
  }

  /// Reads `coupon_…`, of a kind that this version knows; nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard let separator = text.firstIndex(of: "_"), let kind = StreamKind(name: text[..<separator]),
      kind != StreamKind.tenant, let id = Base32.value(String(text[separator...].dropFirst()).utf8.span)
    else { return nil }
    self.init(kind, id)
  }

  /// How many bytes `append` writes at most: 3 and 26.
  public static let keyLength = 29

  /// Appends what is hashed of it: the number of its kind, and its identifier in base 32.
  public func append(to text: inout OutputSpan<UInt8>) {
    for byte in String(kind.number).utf8 { text.append(byte) }
    Base32.append(id, to: &text)
  }
}

/// What a stream is the history of.
public struct StreamKind: Hashable, Sendable {
  /// The small number that it is stored as. None is ever given another meaning.
  public let number: UInt8

  /// The kind with a number.
  public init(_ number: UInt8) { self.number = number }

  /// A tenant as a whole.
  public static let tenant = StreamKind(0)
  /// A coupon.
  public static let coupon = StreamKind(1)
  /// A campaign.
  public static let campaign = StreamKind(2)
  /// An order that is kept here.
  public static let order = StreamKind(3)
  /// A subscription that a billing system tells of.
  public static let subscription = StreamKind(4)
  /// An invoice that a billing system tells of.
  public static let invoice = StreamKind(5)
  /// The kinds that this version knows, by their names: what the identifiers' texts begin with.
  private static let names: [StreamKind: String] = [
    .tenant: "tenant", .coupon: CouponSubject.prefix, .campaign: CampaignSubject.prefix,
    .order: OrderSubject.prefix, .subscription: SubscriptionSubject.prefix,
    .invoice: InvoiceSubject.prefix,
  ]

  /// What the texts of such streams begin with; `stream7` for a kind that only a newer version knows.
  public var name: String { StreamKind.names[self] ?? "stream\(number)" }

  /// The kind with a name; nil if this version knows none.
  public init?(name: some StringProtocol) {
    guard let kind = StreamKind.names.first(where: { $0.value == name })?.key else { return nil }
    self = kind
  }
}
