import Foundation
import JSON
import Testing

@testable import CommandLineClient

@Suite(.serialized) struct KeptOrderVerbTests {
  private static let cart = #"{"currency":"EUR","lines":[\#(line)],"shipping":[\#(shipping)]}"#
  private static let line = #"{"id":"l1","product_id":"p1","quantity":3,"unit_price":1000}"#
  private static let shipping = #"{"id":"s1","method":"standard","amount":500}"#

  private func started() throws -> RunningScrip {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    _ = try scrip.start("--admin-key", scrip.key)
    return scrip
  }

  @Test func `a whole request makes the order that it says, and what is misspelt in it is refused`() throws {
    let scrip = try started()
    func request(_ more: String) throws -> String {
      try scrip.file("request.json", #"{"id":"o-7","cart":\#(Self.cart)\#(more)}"#)
    }
    let misspelt = try scrip.scrip("order", "create", request(#","lokale":"de-DE""#))
    #expect(misspelt.code == ExitCode.usage.rawValue && misspelt.err.contains("lokale"), "\(misspelt)")
    let dearer = try scrip.scrip("order", "create", request(#","expected_total":1"#))
    #expect(dearer.err.contains("(total_changed)"), "\(dearer)")
    let made = try scrip.scrip(
      "order", "create", request(#","locale":"de-DE","metadata":{"basket":"7"}"#), "--metadata", "till=2",
      "--json")
    #expect(made.code == 0, "\(made.err)")
    let order = try JSONDocument(parsing: Array(made.out.utf8)).root
    #expect(order.shown("id") == "o-7" && order.shown("locale") == "de-DE")
    #expect(order["metadata"]?.shown("basket") == "7" && order["metadata"]?.shown("till") == "2")
    let changed = try scrip.scrip("order", "change", "o-7", "--metadata", "till=3", "--json")
    #expect(changed.out.contains(#""metadata":{"till":"3"}"#), "\(changed)")
  }

  @Test func `an order shows its lines, its payment and what was given back`() throws {
    let scrip = try started()
    let cart = try scrip.file("cart.json", Self.cart)
    _ = try scrip.scrip("order", "create", cart, "--id", "o-1")
    _ = try scrip.scrip("order", "checkout", "o-1")
    _ = try scrip.scrip("order", "confirm", "o-1", "--reference", "bank-7", "--honour")
    let refund = try scrip.scrip("order", "refund", "o-1", "--unit", "l1:2", "--shipping", "s1=200").out
    #expect(refund.contains("give back  12.00 EUR") && refund.contains("left       23.00 EUR"), "\(refund)")
    let gone = try scrip.scrip("order", "refund", "o-1", "--unit", "l1:1+2")
    #expect(gone.code == ExitCode.refused.rawValue && gone.err.contains("(not_refundable)"), "\(gone)")
    let shown = try scrip.scrip("order", "show", "o-1").out
    for line in [
      "line       l1  3 × 10.00 EUR  p1", "payment    bank-7", "given back 12.00 EUR", "units      l1:2+1",
      "shipping   s1 2.00 EUR",
    ] { #expect(shown.contains(line + "\n"), "\(line) in \(shown)") }
  }
}
