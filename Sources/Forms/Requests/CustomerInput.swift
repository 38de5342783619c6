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
    guard let userID, let email, let name, let phone, let device, let payment, let segments, let firstOrder,
      let country, let orderCount, let createdAt
    else { return nil }
    return CustomerInput(
      userID: userID, name: name, email: email, phone: phone, device: device, payment: payment,
      segments: segments, firstOrder: firstOrder, orderCount: orderCount, createdAt: createdAt,
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
