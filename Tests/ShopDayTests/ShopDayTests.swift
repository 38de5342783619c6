import Forms
import JSON
import SampleShop
import Scrip
import Testing

@testable import ShopDay

struct ShopDayTests {
  private func bytes(seed: UInt64) -> [String] {
    ShopDayVerbs.files(of: ShopDay(seed: seed, checkouts: 300)).map(\.1)
  }

  @Test func `the same seed gives the same bytes and another seed another day`() {
    #expect(bytes(seed: 5) == bytes(seed: 5))
    #expect(bytes(seed: 5)[2] != bytes(seed: 6)[2])
  }

  @Test func `chances are the published ones of SplitMix64`() {
    var random = SeededRandom(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test func `a day has every ending, retry, tab and currency, in the order of time`() {
    let day = ShopDay(seed: 1, checkouts: 1000)
    #expect(Set(day.checkouts.map(\.ending)) == Set(Checkout.Ending.allCases))
    #expect(Set(day.checkouts.map(\.resending)) == Set(Checkout.Resending.allCases))
    #expect(Set(day.checkouts.map(\.tabs)) == [1, 2])
    #expect(day.checkouts.map(\.atMilliseconds) == day.checkouts.map(\.atMilliseconds).sorted())
    #expect(Set(day.checkouts.map(\.orderID)).count == 1000)
    for (currency, _) in Catalogue.currencies {
      #expect(day.checkouts.contains { $0.cart.text.contains("\"currency\":\"\(currency)\"") })
    }
    #expect(day.checkouts.contains { !$0.customer.text.contains("user_id") })
    #expect(day.checkouts.contains { $0.codes.contains { CouponCode($0) == nil } })
  }

  @Test func `more customers want the flash sale than it has uses`() throws {
    let day = ShopDay(seed: 1, checkouts: 1000)
    let wanted = day.checkouts.count { $0.codes.contains { CouponCode($0)?.canonical == "FLASH50" } }
    let flash = try #require(day.coupons.first { $0.codes.first?.code == "FLASH50" })
    #expect(flash.terms.text.contains(#""total":50,"#))
    #expect(wanted > 100)
  }

  @Test func `every coupon of the day is one that the service takes`() throws {
    for coupon in ShopDay(seed: 1, checkouts: 200).coupons {
      let document = try JSONDocument(parsing: coupon.terms.bytes)
      _ = try document.read { (reader: inout ObjectReader) -> CouponTerms? in CouponTerms.walk(&reader, nil) }
      #expect(coupon.codes.allSatisfy { CouponCode($0.code)?.canonical == $0.code }, "\(coupon.name)")
    }
  }

  @Test func `every cart of the day is one that the service takes`() throws {
    for checkout in ShopDay(seed: 2, checkouts: 200).checkouts {
      let document = try JSONDocument(parsing: checkout.cart.bytes)
      _ = try document.readValue { Cart(reading: $0) }
    }
  }

  @Test func `percentiles are of values that were seen`() {
    let values = (1...200).map(Double.init)
    #expect(percentile(50, ofSorted: values) == 100)
    #expect(percentile(99, ofSorted: values) == 198)
    #expect(percentile(100, ofSorted: values) == 200)
    #expect(percentile(50, ofSorted: [7]) == 7)
    #expect(percentile(50, ofSorted: []) == 0)
  }
}
