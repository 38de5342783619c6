import Ledger
import Promotions
import Testing

@testable import PostgresStore

@Suite struct PostgresAddressTests {
  @Test(arguments: [
    ("postgres://ann:secret@db.example:5433/shop?sslmode=require", "postgres://ann@db.example:5433/shop"),
    ("postgresql://db.example/shop", "postgres://db.example/shop"),
    ("postgres://ann@one,two:5433/shop?password=secret", "postgres://ann@one,two:5433/shop"),
    ("postgres://one:1,two:2/shop", "postgres://one:1,two:2/shop"),
    ("postgres://ann@[::1]:5432/shop", "postgres://ann@[::1]:5432/shop"),
    ("postgres:///shop?host=/run/postgresql", "postgres:///run/postgresql/shop"),
    ("postgres://", "postgres:///"),
    ("postgres://ann:secret@db/shop?schema=shop_eu&role=none", "postgres://ann@db/shop?schema=shop_eu"),
    ("postgres://db/shop?schema=scrip", "postgres://db/shop"),
  ]) func `an address is shown without its password`(_ url: String, _ shown: String) throws {
    let address = try PostgresAddress(url)
    #expect(address.description == shown)
    #expect(!"\(address)\([address])\(Optional(address) as Any)".contains("secret"))
  }

  @Test func `our own items are taken out of the URL and the others are left in it`() throws {
    let plain = try PostgresAddress("postgres://db/shop?sslmode=require&application_name=x")
    #expect(plain.url == "postgres://db/shop?sslmode=require&application_name=x")
    #expect(plain.preparesStatements)
    #expect(plain.role == "scrip_app")

    let address = try PostgresAddress("postgres://db/shop?prepared=off&sslmode=require&role=clerk")
    #expect(address.url == "postgres://db/shop?sslmode=require")
    #expect(!address.preparesStatements)
    #expect(address.role == "clerk")
    #expect(try PostgresAddress("postgres://db/shop?role=none&prepared=on").role == nil)
    #expect(try PostgresAddress("postgres://db/shop?role=none&prepared=on").url == "postgres://db/shop")
  }

  @Test func `the schema is that of the URL, and on Citus nobody takes a role by default`() throws {
    #expect(try PostgresAddress("postgres://db/shop").schema == "scrip")
    let cell = try PostgresAddress("postgres://db/shop?sslmode=require&schema=shop_eu_2")
    #expect(cell.schema == "shop_eu_2" && cell.role == "scrip_app" && !cell.isOnCitus)
    #expect(cell.url == "postgres://db/shop?sslmode=require")
    #expect(
      try PostgresAddress("postgres://db/?schema=a_name_of_thirty_characters___").schema.utf8.count == 30)
    let onCitus = try PostgresAddress("postgres://db/shop?citus=on&schema=shop_eu")
    #expect(onCitus.isOnCitus && onCitus.role == nil && onCitus.url == "postgres://db/shop")
    #expect(try PostgresAddress("postgres://db/shop?citus=on&role=clerk").role == "clerk")
  }

  @Test(arguments: [
    "", "mysql://db/shop", "host=db dbname=shop", "postgres://ann:sec ret@db:port/%zz",
    "postgres://db/shop?secret=1",
    "postgres://ann:pa@secret@db/shop", "postgres://db/shop?prepared=maybe", "postgres://db/shop?prepared",
    "postgres://db/shop?citus=yes", "postgres://db/shop?schema=", "postgres://db/shop?schema",
    "postgres://db/shop?schema=Shop", "postgres://db/shop?schema=secret-eu", "postgres://db/shop?schema=1st",
    "postgres://db/shop?schema=a.b", "postgres://db/shop?schema=a%20b", "postgres://db/shop?schema=é",
    "postgres://db/shop?schema=pg_catalog", "postgres://db/shop?schema=public",
    "postgres://db/shop?schema=shop_scratch_1_a", "postgres://db/shop?schema=of_more_than_thirty_characters_",
    "postgres://db/shop?role=", "postgres://db/shop?role=a'b", "postgres://db/shop?role=1",
  ]) func `a malformed address is refused in words that hold nothing of it`(_ url: String) throws {
    let failure = try failure { _ = try PostgresAddress(url) }
    #expect(failure.kind == .other)
    #expect(!failure.message.contains("secret") && !failure.message.contains("ret@"))
  }

  @Test func `several hosts are tried one by one, each with its own port`() throws {
    let hosts = try PostgresAddress("postgres://one:1,two,three:3/shop").hosts.map(\.values)
    #expect(
      hosts == [
        ["host": "one", "port": "1"], ["host": "two", "port": "5432"], ["host": "three", "port": "3"],
      ])
    let samePort = try PostgresAddress("postgres:///shop?host=one,two&port=7").hosts.map(\.values)
    #expect(samePort == [["host": "one"], ["host": "two"]])
    #expect(try PostgresAddress("postgres://one/shop").hosts.map(\.values) == [[:]])
    let chosen = try PostgresAddress("postgres://one,two/shop?target_session_attrs=prefer-standby")
    #expect(chosen.hosts.map(\.values) == [[:]])
  }
}
