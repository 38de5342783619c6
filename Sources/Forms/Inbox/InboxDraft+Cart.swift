import JSON
import Scrip

/// The cart of a shop's message.
extension InboxDraft {
  /// Adds the cart: as it is, if the message has one in this service's own form, or line by line.
  func addCart(to parts: inout InboxParts) throws(InboxFault) {
    guard let pointer = mapping.cart.lines else {
      guard let whole = present(mapping.cart.whole) else {
        throw InboxFault(.required, at: mapping.cart.whole.text, "is required where there are codes")
      }
      parts.add("cart", JSONText(bytes: whole.compactBytes()), from: mapping.cart.whole.text)
      return
    }
    guard let lines = present(pointer), lines.kind == .array else {
      throw InboxFault(.required, at: pointer.text, "must be an array")
    }
    guard lines.count <= 500 else {
      throw InboxFault(.tooMany, at: pointer.text, "must have at most 500 entries")
    }
    var written: [JSONText] = []
    for (index, line) in lines.elements.enumerated() {
      written.append(try self.line(line, index, at: "\(pointer.text)/\(index)", &parts))
    }
    var members: [(String, JSONText)] = []
    if let currency = mapping.cart.currency {
      members.append(("currency", .string(try self.currency().code)))
      parts.note("/cart/currency", currency.text)
    }
    members.append(("lines", .array(written)))
    parts.note("/cart/lines", pointer.text)
    if let shipping = mapping.cart.shipping, let node = present(shipping) {
      let amount = try amount(node, at: shipping.text)
      members.append(
        (
          "shipping",
          .array([
            .object([
              ("id", .string("shipping")), ("method", .string("shipping")), ("amount", .integer(amount)),
            ])
          ])
        ))
      parts.note("/cart/shipping", shipping.text)
    }
    parts.add("cart", .object(members), from: "")
  }

  private func line(
    _ line: JSONNode, _ index: Int, at place: String, _ parts: inout InboxParts
  ) throws(InboxFault) -> JSONText {
    let cart = mapping.cart
    func text(_ pointer: JSONPointer) throws(InboxFault) -> JSONText {
      guard let text = pointer.find(in: line)?.textual else {
        throw InboxFault(.required, at: place + pointer.text, "must be a text or a whole number")
      }
      return .string(text)
    }
    func note(_ name: String, _ pointer: JSONPointer) {
      parts.note("/cart/lines/\(index)/\(name)", place + pointer.text)
    }
    var members: [(String, JSONText)] = []
    if let id = cart.lineID {
      members.append(("id", try text(id)))
      note("id", id)
    } else {
      members.append(("id", .string("\(index + 1)")))
    }
    members.append(("product_id", try text(cart.productID)))
    note("product_id", cart.productID)
    guard let quantity = cart.quantity.find(in: line)?.int64() else {
      throw InboxFault(.required, at: place + cart.quantity.text, "must be a whole number")
    }
    members.append(("quantity", .integer(quantity)))
    note("quantity", cart.quantity)
    guard let price = cart.unitPrice.find(in: line), !price.isNull else {
      throw InboxFault(.required, at: place + cart.unitPrice.text, "is required")
    }
    members.append(try self.price(price, at: place + cart.unitPrice.text))
    note(mapping.amounts == .minor ? "unit_price" : "unit_price_decimal", cart.unitPrice)
    if let seller = cart.sellerID, let node = seller.find(in: line), !node.isNull {
      members.append(("seller_id", try text(seller)))
      note("seller_id", seller)
    }
    if let categories = cart.categories, let node = categories.find(in: line), !node.isNull {
      let words = node.kind == .array ? node.elements.map(\.textual) : [node.textual]
      let known = words.compactMap { $0 }
      guard known.count == words.count else {
        throw InboxFault(
          .wrongType, at: place + categories.text, "must be a list of texts, or one text")
      }
      members.append(("categories", .array(known.map(JSONText.string))))
      note("categories", categories)
    }
    return .object(members)
  }

  /// The price of a unit as the member that holds it.
  private func price(_ node: JSONNode, at place: String) throws(InboxFault) -> (String, JSONText) {
    if mapping.amounts == .minor {
      guard let number = node.int64() else {
        throw InboxFault(.wrongType, at: place, "must be a whole number of minor units")
      }
      return ("unit_price", .integer(number))
    }
    return ("unit_price_decimal", .string(try major(node, at: place).text))
  }

  /// An amount in minor units.
  ///
  /// - Parameter currency: where its currency stands; nil for the cart's.
  func amount(
    _ node: JSONNode, at place: String, in currency: JSONPointer? = nil
  ) throws(InboxFault) -> Int64 {
    let amount: Int64?
    if mapping.amounts == .minor {
      amount = node.int64()
    } else {
      amount = try major(node, at: place, in: currency).whole
    }
    guard let amount, (0...amountMax).contains(amount) else {
      throw InboxFault(.wrongType, at: place, "must be a whole number of minor units, zero or more")
    }
    return amount
  }

  private func major(
    _ node: JSONNode, at place: String, in pointer: JSONPointer? = nil
  ) throws(InboxFault) -> ShiftedDecimal {
    let text = node.textual ?? node.double().map { "\($0)" }
    guard let text, let shifted = ShiftedDecimal(text, by: Int(try currency(at: pointer).exponent)) else {
      throw InboxFault(
        .invalidValue, at: place, "must be a decimal number, zero or more, with at most eight decimals more")
    }
    return shifted
  }

  private func currency(at special: JSONPointer? = nil) throws(InboxFault) -> Currency {
    let named = special ?? mapping.cart.currency
    let pointer = named ?? mapping.cart.whole
    let node = named == nil ? present(pointer)?.attribute("currency") : present(pointer)
    let place = named == nil ? pointer.text + "/currency" : pointer.text
    guard let currency = node?.string().flatMap({ Currency(anyCase: $0) }) else {
      throw InboxFault(.required, at: place, "must be an ISO 4217 currency such as \"EUR\"")
    }
    return currency
  }
}

/// A decimal number whose point was moved: 19.99 moved by two places is 1999.
struct ShiftedDecimal {
  /// The digits, with a point where there are decimals left.
  let text: String
  /// The number where no decimals are left.
  let whole: Int64?

  /// Nil for what is no plain decimal number.
  init?(_ number: String, by places: Int) {
    let parts = number.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), number.utf8.count <= 40 else { return nil }
    var digits: [[UInt8]] = []
    for part in parts {
      guard !part.isEmpty, part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return nil
      }
      digits.append(Array(part))
    }
    var fraction = digits.count > 1 ? digits[1] : []
    while fraction.count < places { fraction.append(UInt8(ascii: "0")) }
    var units = digits[0] + fraction.prefix(places)
    var rest = Array(fraction.dropFirst(places))
    while units.count > 1, units.first == UInt8(ascii: "0") { units.removeFirst() }
    while rest.last == UInt8(ascii: "0") { rest.removeLast() }
    if rest.count > 8 { return nil }
    let unitsText = String(decoding: units, as: UTF8.self)
    text = rest.isEmpty ? unitsText : unitsText + "." + String(decoding: rest, as: UTF8.self)
    whole = rest.isEmpty ? Int64(unitsText) : nil
  }
}
