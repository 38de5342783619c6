import IDNA
import Outgoing
import Testing

@Suite struct AddressRuleTests {
  private static let refused = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1", "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "2002:c0a8:101::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
    "ff02::1", "4000::1",
  ]
  private static let permitted = [
    "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.1.1.1", "128.0.0.1",
    "172.15.1.1", "172.32.0.1", "192.167.1.1", "192.169.1.1", "198.17.1.1", "198.20.0.1", "223.255.255.255",
    "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1", "2606:4700:4700::1111", "2a00:1450::1",
  ]

  private func permits(_ text: String, allowing ranges: String...) throws -> Bool {
    let rule = AddressRule(allowing: ranges.compactMap { AddressRange($0) })
    return rule.permits(try #require(IPAddress(text), "\(text) is an address"))
  }

  @Test(arguments: refused) func `an address that is not of the internet is refused`(text: String) throws {
    #expect(try !permits(text))
  }

  @Test(arguments: permitted) func `an address of the internet may be called`(text: String) throws {
    #expect(try permits(text))
  }

  @Test func `the operator may allow ranges, and nothing else comes in with them`() throws {
    #expect(try permits("127.0.0.1", allowing: "127.0.0.0/8"))
    #expect(try permits("::ffff:127.0.0.1", allowing: "127.0.0.0/8"))
    #expect(try permits("10.1.2.3", allowing: "127.0.0.0/8", "10.1.0.0/16"))
    #expect(try !permits("10.2.0.1", allowing: "127.0.0.0/8", "10.1.0.0/16"))
    #expect(try !permits("64:ff9b::7f00:1", allowing: "127.0.0.0/8"))
    #expect(try !permits("::1", allowing: "127.0.0.0/8"))
    #expect(try permits("fd00::1", allowing: "fd00::/8"))
  }
}
