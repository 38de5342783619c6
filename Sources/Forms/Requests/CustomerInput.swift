import IDNA
import JSON
import Scrip

/// Who buys, as a caller says it. E-mail address and phone number are normalised; they stay in here until they are
/// hashed.
public struct CustomerInput {
  /// Where a customer can be written to.
  public struct Contact: Sendable {
    /// The address as the caller wrote it.
    public let address: ExactText<Contact>
    /// The customer's name, if the caller told it.
    public let name: ExactText<Contact>?
  }

  fileprivate var userID: UserID?
  fileprivate var name: String?
  fileprivate var email: Email?
  fileprivate var phone: String?
  fileprivate var device: ExactText<IdentityKey>?
  fileprivate var payment: ExactText<IdentityKey>?
  fileprivate var address: IPAddress?
  fileprivate var segments: [Segment]?
  fileprivate var firstOrder: Bool?
  fileprivate var orderCount: Int64?
  fileprivate var createdAt: Instant?
  fileprivate var country: Country?

  /// The customer with identity keys in place of what names a person.
  ///
  /// - Parameters:
  ///   - person: the pseudonym of a user id.
  ///   - hash: a keyed hash of a normalised value, in lower-case hexadecimal.
  public func customer(
    person: (UserID) -> UserID, hash: (IdentityKey.Kind, String) -> String
  ) -> Customer {
    let named: [(IdentityKey.Kind, String?)] = [
      (.email, email?.normalized), (.phone, phone), (.device, device?.text), (.payment, payment?.text),
    ]
    let keys = named.compactMap { kind, text in
      text.map { IdentityKey(kind: kind, value: ExactText(hash(kind, $0))) }
    }
    return Customer(
      userID: userID.map(person), identityKeys: keys, segments: segments, firstOrder: firstOrder,
      country: country, orderCount: orderCount, createdAt: createdAt)
  }
}

extension CustomerInput {
  /// By what fraud rules recognise the customer beside the identity keys: the spelling of the address, and the block of
  /// network addresses.
  ///
  /// - Parameter hash: a keyed hash of a text, in lower-case hexadecimal.
  public func traits(hash: (FraudTrait.Kind, String) -> String) -> [FraudTrait] {
    let spelled = email.flatMap { writtenEmail($0.typed)?.withOneCase.precomposed }
    let named: [(FraudTrait.Kind, String?)] = [(.email, spelled), (.network, address?.block)]
    return named.compactMap { kind, text in text.map { FraudTrait(kind, hash: hash(kind, $0)) } }
  }
}

extension IPAddress {
  /// The block that it belongs to, as one customer or one office has it: a /24, or a /48 of IPv6.
  public var block: String {
    bytes.prefix(bytes.count == 4 ? 3 : 6).map { String($0, radix: 16) }.joined(separator: ":")
  }
}

extension CustomerInput {
  /// A guest of whom nothing is known but an address; nil for what is none.
  public init?(email: String) {
    guard let normalized = normalizedEmail(email) else { return nil }
    self.email = Email(typed: email, normalized: normalized)
  }

  /// Where the customer can be written to; nil without an address.
  public var contact: Contact? {
    email.flatMap { writtenEmail($0.typed) }.map {
      Contact(address: ExactText($0), name: name.map { ExactText($0) })
    }
  }

  /// An address in two forms.
  fileprivate struct Email {
    /// As it came.
    let typed: String
    /// As limits are held against it.
    let normalized: String
  }
}

extension CustomerInput: ObjectForm {
  /// `Customer`
  public static let formName = "Customer"
  /// For the API's description.
  public static let formNote: StaticString? =
    "Who buys. All of it that names somebody is kept as keyed hashes; the user id also beside them, until it is erased, and so are address and name of somebody whose orders are told of by mail."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ customer: CustomerInput?
  ) -> CustomerInput? {
    let userID = walk.optional("user_id", customer?.userID, .visibleName(UserID.self))
    let email = walk.optional("email", customer?.email, EmailForm())
    let name = walk.optional(
      "name", customer?.name, .text(1...200), "How mails address the customer; used by orders alone.")
    let phone = walk.optional("phone", customer?.phone, PhoneForm())
    let device = walk.optional("device_id", customer?.device, .visibleName(ExactText<IdentityKey>.self))
    let payment = walk.optional(
      "payment_fingerprint", customer?.payment, .visibleName(ExactText<IdentityKey>.self))
    let address = walk.optional(
      "ip", customer?.address, AddressForm(),
      "Where the customer's request came from. Fraud rules alone count it, by the hash of its block.")
    let segments = walk.optional(
      "segments", customer?.segments, .words(Segment.self, 0...100),
      "An empty list says that there is none; null says nothing.")
    let firstOrder = walk.optional("first_order", customer?.firstOrder, .flag())
    let country = walk.member("country", customer?.country, else: nil, AddressCountryForm())
    let orderCount = walk.optional(
      "order_count", customer?.orderCount, .integer(0, to: Money.minorUnitsMax),
      "How many orders the customer has paid before this one.")
    let createdAt = walk.optional(
      "created_at", customer?.createdAt, .instant(), "Since when the customer is known.")
    guard let userID, let email, let name, let phone, let device, let payment, let address, let segments,
      let firstOrder, let country, let orderCount, let createdAt
    else { return nil }
    return CustomerInput(
      userID: userID, name: name, email: email, phone: phone, device: device, payment: payment,
      address: address, segments: segments, firstOrder: firstOrder, orderCount: orderCount,
      createdAt: createdAt,
      country: country)
  }
}

private struct EmailForm: ValueForm {
  func read(_ value: ValueReader) -> CustomerInput.Email? {
    value.parsed(maxLength: 320, as: "an e-mail address") { text in
      normalizedEmail(text).map { CustomerInput.Email(typed: text, normalized: $0) }
    }
  }

  func write(_ address: CustomerInput.Email, to writer: inout JSONWriter) { writer.string(address.typed) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(0...320) }
}

private struct AddressForm: ValueForm {
  func read(_ value: ValueReader) -> IPAddress? {
    value.parsed(
      maxLength: TextLimit.short, as: "an address of IPv4 or IPv6, such as \"203.0.113.7\""
    ) { IPAddress($0) }
  }

  func write(_ address: IPAddress, to writer: inout JSONWriter) { writer.string(address.text) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(2...TextLimit.short) }
}

private struct PhoneForm: ValueForm {
  func read(_ value: ValueReader) -> String? {
    value.parsed(maxLength: TextLimit.short, as: "a phone number in E.164, such as \"+4930123456\"") {
      normalizedPhone($0)
    }
  }

  func write(_ number: String, to writer: inout JSONWriter) { writer.string(number) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(0...TextLimit.short) }
}

/// Where a customer lives, as addresses have it; what is no country says nothing.
private struct AddressCountryForm: ValueForm {
  func read(_ value: ValueReader) -> Country?? { value.customerCountry() }

  func write(_ country: Country?, to writer: inout JSONWriter) {
    if let country { writer.string(country.text) } else { writer.null() }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Country") {
      textSchema(0...Int.max).noted(
        "An ISO 3166 country in any case. What ISO does not know says nothing.")
    }
  }
}
