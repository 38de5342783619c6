import JSON
import Scrip

extension Cart: JSONWritable {
  /// All members of the cart as a request may have them. A fractional unit price is written as `unit_price_decimal`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("currency", currency)
      writer.member("prices_include_tax", pricesIncludeTax)
      for word in Cart.words {
        if let text = word.said(self) {
          writer.member(word.name, text)
        } else {
          word.writeUnsaid(to: &writer)
        }
      }
      writer.member("lines", lines)
      writer.member("shipping", shipping)
    }
  }

  /// Reads a request's cart.
  ///
  /// At most 500 lines of at most 10 000 units, 100 000 units together, and 20 shipping charges; ids are unique.
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader) {
    let cart = value.object { (object: inout ObjectReader) -> Cart? in
      let currency = object.required("currency")?.currency()
      let pricesIncludeTax = object.member("prices_include_tax", else: false) { $0.bool() }
      let lines = object.required("lines")?.lines()
      let shipping = object.member("shipping", else: []) { $0.shipping() }
      var cart: Cart?
      if let currency, let pricesIncludeTax, let lines, let shipping {
        cart = Cart(
          currency: currency, pricesIncludeTax: pricesIncludeTax, lines: lines, shipping: shipping)
      }
      return object.readWords(of: &cart) ? cart : nil
    }
    guard let cart else { return nil }
    self = cart
  }

  fileprivate static let unitsMax: Int64 = 100_000
}

/// A word that a cart may say of itself.
private struct CartWord: Sendable {
  let name: StaticString
  let meaning: String
  /// Whether it is written as null while nobody said it. A newer word is left out: what older programs have stored
  /// stays what it is to the byte.
  var isWrittenUnsaid = false
  let said: @Sendable (borrowing Cart) -> String?
  let keep: @Sendable (_ word: String, _ cart: inout Cart?) -> Void

  func writeUnsaid(to writer: inout JSONWriter) {
    if isWrittenUnsaid { writer.member(name, nil as String?) }
  }
}

extension Cart {
  /// Each word once: it is read, written and described from here.
  fileprivate static let words = [
    CartWord(name: "channel", meaning: "The sales channel, such as web", isWrittenUnsaid: true) {
      $0.channel?.text
    } keep: {
      $1?.channel = Channel($0)
    },
    CartWord(name: "payment_method", meaning: "How the order is to be paid, such as card") {
      $0.paymentMethod?.text
    } keep: {
      $1?.paymentMethod = PaymentMethod($0)
    },
  ]

  /// The JSON schemas of the words, as members of one JSON object.
  public static var wordSchemas: String {
    words.map { word in
      let reference = "{\(schemaReference("Word"))}"
      return #""\#(word.name)":{"description":"\#(word.meaning).","anyOf":[\#(reference),{"type":"null"}]}"#
    }.joined(separator: ",\n")
  }
}

extension ObjectReader {
  /// Reads the words into a cart if there is one; false after an error was recorded.
  fileprivate mutating func readWords(of cart: inout Cart?) -> Bool {
    var areRead = true
    for word in Cart.words {
      switch member(word.name, { $0.string(minLength: 1, maxLength: TextLimit.word) }) {
      case .some(.some(let text)): word.keep(text, &cart)
      case .some(nil): break
      case nil: areRead = false
      }
    }
    return areRead
  }
}

extension Cart.Line: JSONWritable {
  /// The line as a request may have it.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("product_id", productID)
      writer.member("seller_id", sellerID)
      writer.member("categories", categories)
      writer.member("quantity", quantity)
      if let whole = unitPrice.minorUnits {
        writer.member("unit_price", whole)
      } else {
        writer.member("unit_price_decimal", unitPrice.description)
      }
    }
  }

  fileprivate init?(_ object: inout ObjectReader) {
    let id = object.required("id")?.name(LineID.self)
    let productID = object.required("product_id")?.name(ProductID.self)
    let sellerID = object.member("seller_id") { $0.name(SellerID.self) }
    let categories = object.member("categories") { $0.words(Category.self, max: 50) }
    let quantity = object.required("quantity")?.int64(in: 1...10_000)
    let unitPrice = object.unitPrice()
    guard let id, let productID, let sellerID, let categories, let quantity, let unitPrice else { return nil }
    self.init(
      id: id, productID: productID, sellerID: sellerID, categories: categories, quantity: quantity,
      unitPrice: unitPrice)
  }
}

extension Cart.Shipping: JSONWritable {
  /// The charge as a request may have it.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("method", method)
      writer.member("seller_id", sellerID)
      writer.member("amount", amount)
    }
  }

  fileprivate init?(_ object: inout ObjectReader) {
    let id = object.required("id")?.name(LineID.self)
    let method = object.required("method")?.word(ShippingMethod.self)
    let sellerID = object.member("seller_id") { $0.name(SellerID.self) }
    let amount = object.required("amount")?.int64(in: 0...amountMax)
    guard let id, let method, let sellerID, let amount else { return nil }
    self.init(id: id, method: method, sellerID: sellerID, amount: amount)
  }
}

extension ObjectReader {
  fileprivate mutating func unitPrice() -> UnitPrice? {
    let whole = optional("unit_price")
    let decimal = optional("unit_price_decimal")
    switch (whole, decimal) {
    case (.some(let whole), nil):
      return whole.int64(in: 0...Int64.max / UnitPrice.partsPerMinorUnit).flatMap {
        UnitPrice(minorUnits: $0)
      }
    case (nil, .some(let decimal)):
      return decimal.unitPrice()
    case (.some, .some(let decimal)):
      decimal.refuse(.invalidValue, "must not stand beside unit_price")
      return nil
    case (nil, nil):
      refuse("unit_price", .required, "is required, or unit_price_decimal")
      return nil
    }
  }
}

extension ValueReader {
  fileprivate func unitPrice() -> UnitPrice? {
    guard let text = string(maxLength: TextLimit.short) else { return nil }
    if let price = UnitPrice(decimal: text) { return price }
    if UnitPrice.isTooLarge(decimal: text) {
      refuse(.outOfRange, "must be at most \(UnitPrice.max)")
    } else {
      refuse(.invalidValue, "must be a decimal string in minor units with at most eight decimals")
    }
    return nil
  }

  fileprivate func lines() -> [Cart.Line]? {
    guard let lines = array(max: 500, { $0.object { Cart.Line(&$0) } }) else { return nil }
    if lines.isEmpty {
      refuse(.invalidValue, "must have at least one line")
      return nil
    }
    // Ranges of single quantities keep this sum far from an overflow.
    if lines.reduce(0, { $0 + $1.quantity }) > Cart.unitsMax {
      refuse(.outOfRange, "must have at most \(Cart.unitsMax) units together")
      return nil
    }
    return haveUniqueIDs(lines) { $0.id } ? lines : nil
  }

  fileprivate func shipping() -> [Cart.Shipping]? {
    guard let charges = array(max: 20, { $0.object { Cart.Shipping(&$0) } }) else { return nil }
    return haveUniqueIDs(charges) { $0.id } ? charges : nil
  }

  /// Whether no id stands twice; the second one is refused.
  private func haveUniqueIDs<Element>(_ elements: [Element], _ id: (Element) -> LineID) -> Bool {
    guard let repeated = indexOfRepetition(elements, id) else { return true }
    var position = 0
    _ = array(max: elements.count) { element -> Bool? in
      if position == repeated {
        _ = element.object { (object: inout ObjectReader) -> Bool? in
          object.ignoreUnknownMembers()
          object.refuse("id", .invalidValue, "stands twice in the cart")
          return nil
        }
      }
      position += 1
      return true
    }
    return false
  }

  private func indexOfRepetition<Element>(_ elements: [Element], _ id: (Element) -> LineID) -> Int? {
    // Most carts are so small that comparing pairs is cheaper than a set.
    if elements.count <= 8 {
      return elements.indices.first { index in
        elements[..<index].contains { id($0) == id(elements[index]) }
      }
    }
    var seen: Set<LineID> = []
    return elements.indices.first { !seen.insert(id(elements[$0])).inserted }
  }
}
