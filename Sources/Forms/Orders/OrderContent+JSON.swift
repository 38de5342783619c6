import JSON
import Scrip

extension OrderContent: ObjectForm, JSONWritable {
  /// What an order is about, as events and rows have it.
  public static let formName = "OrderContent"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ content: OrderContent?
  ) -> OrderContent? {
    let cart = walk.required("cart", content?.cart, .object())
    let customer = walk.required("customer", content?.customer, .object())
    let locale = walk.sparse("locale", content?.locale, LanguageTagForm())
    let metadata = walk.sparse(
      "metadata", content.flatMap { $0.metadata.isEmpty ? nil : $0.metadata }, NotesForm())
    let subtotal = walk.required("subtotal", content?.subtotal, .amount())
    let shipping = walk.required("shipping", content?.shipping, .amount())
    let discount = walk.required("discount", content?.discount, .amount())
    let total = walk.required("total", content?.total, .amount())
    let quote = walk.required("quote", content?.quote, .encoded(ShownQuote.self))
    let isMailed = walk.sparse("mail", content.flatMap { $0.isMailed ? true : nil }, .flag())
    guard let cart, let customer, let locale, let metadata, let subtotal, let shipping, let discount,
      let total, let quote, let isMailed
    else { return nil }
    return OrderContent(
      cart: cart, customer: customer, locale: locale, metadata: metadata ?? [:], subtotal: subtotal,
      shipping: shipping, discount: discount, total: total, quote: quote, isMailed: isMailed ?? false)
  }

  /// Reads what is stored, and says whether that is all of it: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (content: OrderContent, isWhole: Bool) {
    let read = try readStoredMembers("order", bytes) { OrderContent(reading: $0) }
    return (read.value, read.isWhole)
  }
}

/// A language tag of BCP 47, as far as its form goes: words of at most eight letters and digits between hyphens, the first
/// one of letters.
public struct LanguageTagForm: ValueForm {
  private static let charactersMax = 35

  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> LanguageTag? {
    value.parsed(maxLength: Self.charactersMax, as: "a language tag, such as \"de-DE\"") { text in
      let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      let isTag = words.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(\.isLetterOrDigit) }
      guard isTag, let first = words.first, first.count > 1, !first.contains(where: isDigit) else {
        return nil
      }
      return LanguageTag(text)
    }
  }

  /// Writes one.
  public func write(_ tag: LanguageTag, to writer: inout JSONWriter) { writer.string(tag.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("LanguageTag") {
      [
        "type": "string", "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        "maxLength": .int(Int64(Self.charactersMax)), "description": "A language tag of BCP 47.",
        "examples": ["de-DE"],
      ]
    }
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
