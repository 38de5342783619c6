import Forms
import JSON
import Scrip
import Testing

/// Reads a JSON text as one value.
func read<Value>(_ json: String, _ read: (ValueReader) -> Value?) throws -> Value {
  try JSONDocument(parsing: Array(json.utf8)).readValue(read)
}

/// What is wrong with a JSON text, as `pointer code`.
func faults<Value>(_ json: String, _ read: (ValueReader) -> Value?) throws -> [String] {
  let document = try JSONDocument(parsing: Array(json.utf8))
  do throws(JSONDecodingErrors) {
    _ = try document.readValue(read)
    return []
  } catch {
    return error.errors.map { "\($0.pointer) \($0.code)" }
  }
}

/// What is said of what is wrong with a JSON text.
func messages<Value>(_ json: String, _ read: (ValueReader) -> Value?) throws -> [String] {
  let document = try JSONDocument(parsing: Array(json.utf8))
  do throws(JSONDecodingErrors) {
    _ = try document.readValue(read)
    return []
  } catch {
    return error.errors.map(\.message)
  }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// An object with the given members, of which an empty value is left out.
func object(_ members: [String: String], replacing replaced: [String: String] = [:]) -> String {
  let all = members.merging(replaced) { $1 }.filter { !$0.value.isEmpty }
  return "{" + all.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
}

func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

func currency(_ code: String) throws -> Currency { try #require(Currency(code: code)) }

/// Terms read from a request's object, alone or as an edit.
func terms(_ json: String, updating old: CouponTerms? = nil) throws -> CouponTerms {
  try read(json) { value in
    value.object { (object: inout ObjectReader) -> CouponTerms? in
      CouponTerms.walk(&object, old)
    }
  }
}

func termsFaults(_ json: String, updating old: CouponTerms? = nil) throws -> [String] {
  try faults(json) { value in
    value.object { (object: inout ObjectReader) -> CouponTerms? in
      CouponTerms.walk(&object, old)
    }
  }
}

/// The least that a new coupon needs.
let plainCoupon = [
  "name": "\"Welcome\"", "discount": #"{"type":"percent","percent":"10"}"#, "stacking": #"{"policy":"open"}"#,
]
