import JSON
import Scrip

/// Where the parts of a shop's messages stand, and what its types are called. It takes the place of code that would be
/// written for each shop.
///
/// What is left out is what fits messages whose `data` has the members of this service's own API.
public struct InboxMapping: Hashable, Sendable {
  /// One of the shop's names for a kind of message.
  public typealias TypeName = ExactText<InboxMapping>

  /// How the shop writes money.
  public enum Amounts: String, CaseIterable, Hashable, Sendable {
    /// As whole numbers of minor units: 1999.
    case minor
    /// In the currency's own unit, as a number or a text: 19.99 or "19.99".
    case major
  }

  /// Where type and order stand.
  public var type = InboxMapping.pointer("/type")
  /// The order's identifier: a text or a whole number.
  public var orderID = InboxMapping.pointer("/data/order_id")
  /// What the shop's types are called, by what they stand for.
  public var types: [InboxTopic: [TypeName]]
  /// The codes: a list, or one text.
  public var codes = InboxMapping.pointer("/data/codes")
  /// Where in an element of the list the code stands.
  public var codeMember = InboxMapping.pointer("")
  /// Where the customer stands.
  public var customer = InboxCustomerMapping()
  /// Where the cart stands.
  public var cart = InboxCartMapping()
  /// How money is written.
  public var amounts = Amounts.minor
  /// Where it stands what was given back.
  public var refund = InboxRefundMapping()
  /// What becomes of coupons whose lock was lost and whose place is gone, when the order is paid.
  public var withoutRoom = WithoutRoom.honour
  /// What stands elsewhere in messages of one kind.
  public var overrides: [InboxTopic: InboxOverride] = [:]

  /// The defaults.
  public init() {
    types = Dictionary(uniqueKeysWithValues: InboxTopic.allCases.map { ($0, [TypeName($0.rawValue)]) })
  }

  /// What a type of the shop stands for; nil for one that means nothing here.
  public func topic(of type: TypeName) -> InboxTopic? {
    InboxTopic.allCases.first { types[$0]?.contains(type) == true }
  }

  /// Where the parts of one kind of message stand.
  func of(_ topic: InboxTopic) -> InboxMapping {
    guard let override = overrides[topic] else { return self }
    var mapping = self
    mapping.orderID = override.orderID ?? orderID
    mapping.codes = override.codes ?? codes
    mapping.codeMember = override.codeMember ?? codeMember
    mapping.customer = override.customer ?? customer
    mapping.cart = override.cart ?? cart
    mapping.amounts = override.amounts ?? amounts
    mapping.refund = override.refund ?? refund
    return mapping
  }

  static func pointer(_ text: String) -> JSONPointer {
    guard let pointer = JSONPointer(text) else { preconditionFailure("\(text) is a pointer") }
    return pointer
  }
}

/// What stands elsewhere in messages of one kind; what is nil stands where it does in all others.
public struct InboxOverride: Hashable, Sendable {
  /// The order's identifier.
  public var orderID: JSONPointer?
  /// The codes.
  public var codes: JSONPointer?
  /// Where in an element of the list the code stands.
  public var codeMember: JSONPointer?
  /// Where the customer stands.
  public var customer: InboxCustomerMapping?
  /// Where the cart stands.
  public var cart: InboxCartMapping?
  /// How money is written.
  public var amounts: InboxMapping.Amounts?
  /// Where it stands what was given back.
  public var refund: InboxRefundMapping?

  /// Nothing.
  public init() {}
}

/// Where the customer stands in a shop's messages.
public struct InboxCustomerMapping: Hashable, Sendable {
  /// A customer in the form of this service's API; counts where none of the parts below is said.
  public var whole = InboxMapping.pointer("/data/customer")
  /// The user's identifier: a text or a whole number.
  public var userID: JSONPointer?
  /// The e-mail address.
  public var email: JSONPointer?
  /// The phone number.
  public var phone: JSONPointer?
  /// What the shop tells devices by.
  public var device: JSONPointer?
  /// The country.
  public var country: JSONPointer?

  /// The defaults.
  public init() {}

  var parts: [(name: String, pointer: JSONPointer)] {  // String: members of ours
    [
      ("user_id", userID), ("email", email), ("phone", phone), ("device_id", device), ("country", country),
    ].compactMap { name, pointer in pointer.map { (name, $0) } }
  }
}

/// Where the cart stands in a shop's messages.
public struct InboxCartMapping: Hashable, Sendable {
  /// A cart in the form of this service's API; counts unless `lines` is said.
  public var whole = InboxMapping.pointer("/data/cart")
  /// The currency.
  public var currency: JSONPointer?
  /// The list of lines.
  public var lines: JSONPointer?
  /// Where in a line its identifier stands; lines are numbered if nothing is said.
  public var lineID: JSONPointer?
  /// Where in a line the product's identifier stands.
  public var productID = InboxMapping.pointer("/product_id")
  /// Where in a line the quantity stands.
  public var quantity = InboxMapping.pointer("/quantity")
  /// Where in a line the price of one unit stands.
  public var unitPrice = InboxMapping.pointer("/unit_price")
  /// Where in a line the seller stands.
  public var sellerID: JSONPointer?
  /// Where in a line the categories stand: a list, or one text.
  public var categories: JSONPointer?
  /// What shipping costs.
  public var shipping: JSONPointer?

  /// The defaults.
  public init() {}
}

/// Where it stands what was given back.
public struct InboxRefundMapping: Hashable, Sendable {
  /// The amount, or a list of amounts, which are added up.
  public var amount = InboxMapping.pointer("/data/refund/amount")
  /// Where in an element of such a list the amount stands; the element itself if nothing is said.
  public var amountMember: JSONPointer?
  /// Where in an element of such a list it stands how it went.
  public var statusMember: JSONPointer?
  /// What has to stand there for the amount to count; `success` if nothing is said.
  public var status: InboxMapping.TypeName?
  /// The currency of the amount; the cart's if nothing is said.
  public var currency: JSONPointer?
  /// The list of lines of which units were given back; looked at where there is no amount.
  public var lines = InboxMapping.pointer("/data/refund/lines")
  /// Where in such a line its identifier stands.
  public var lineID = InboxMapping.pointer("/line_id")
  /// Where in such a line stands how many units.
  public var quantity = InboxMapping.pointer("/quantity")

  /// The defaults.
  public init() {}

  /// Where a message has to say something, because somebody has said that it stands there; nil by the defaults.
  var required: JSONPointer? {
    let usual = Self()
    return amount != usual.amount ? amount : lines != usual.lines ? lines : nil
  }
}
