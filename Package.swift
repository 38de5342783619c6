// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 language mode, warnings are errors, each unsafe expression is marked, and an async function
/// runs where its caller does: a request that never waits then never changes executors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "scrip",
  products: [
    .library(name: "Scrip", targets: ["Scrip"]),
    .executable(name: "scrip", targets: ["ScripTool"]),
    .executable(name: "shopday", targets: ["ShopDay"]),
  ],
  targets: [
    // A square root is a call into libm, which a program that imports no C library does not link by itself.
    .target(name: "Scrip", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: strict),
    .target(name: "Digest", dependencies: ["CCrypto"], swiftSettings: strict),
    .target(name: "IDNA", dependencies: ["CIDN"], swiftSettings: strict),
    .target(name: "Forms", dependencies: ["Scrip", "JSON", "IDNA"], swiftSettings: strict),
    .target(name: "Ledger", dependencies: ["Scrip", "JSON", "Digest", "Forms"], swiftSettings: strict),
    .target(
      name: "Promotions", dependencies: ["Scrip", "JSON", "Digest", "Forms", "Ledger"], swiftSettings: strict),

    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CEvent", pkgConfig: "libevent", providers: [.apt(["libevent-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CIDN", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),

    .target(
      name: "SQLiteStore", dependencies: ["CSQLite", "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions"],
      swiftSettings: strict),
    .target(
      name: "PostgresStore", dependencies: ["CPostgres", "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions"],
      swiftSettings: strict),
    .target(name: "HTTPServer", dependencies: ["CEvent"], swiftSettings: strict),
    .target(
      name: "HTTPAPI",
      dependencies: [
        "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "HTTPServer", "Mail", "CheckoutWork", "Outgoing",
        "WebhookWork",
      ],
      swiftSettings: strict),
    .target(name: "Outgoing", dependencies: ["CCurl", "Digest", "IDNA"], swiftSettings: strict),
    .target(name: "Payments", dependencies: ["Scrip", "JSON", "Digest", "Outgoing"], swiftSettings: strict),
    .target(name: "Mail", dependencies: ["Scrip", "Digest", "IDNA", "Outgoing"], swiftSettings: strict),
    .target(
      name: "CheckoutWork", dependencies: ["Scrip", "Digest", "Forms", "Ledger", "Promotions", "Outgoing", "Payments", "Mail"],
      swiftSettings: strict),
    .target(
      name: "Messaging", dependencies: ["CNATS", "Scrip", "JSON", "Digest", "Forms", "Ledger"], swiftSettings: strict),
    .target(
      name: "WebhookWork",
      dependencies: ["Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "Outgoing", "CheckoutWork"],
      swiftSettings: strict),
    .target(name: "CommandLineClient", dependencies: ["Scrip", "JSON"], swiftSettings: strict),
    .target(name: "SampleShop", dependencies: ["Scrip", "JSON"], swiftSettings: strict),
    .target(name: "FraudReplay", dependencies: ["Scrip", "SampleShop"], swiftSettings: strict),
    .executableTarget(
      name: "ScripTool",
      dependencies: [
        "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "HTTPServer", "HTTPAPI",
        "Outgoing", "Mail", "Payments", "Messaging", "CheckoutWork", "WebhookWork", "CommandLineClient", "SampleShop",
        "FraudReplay",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "ShopDay", dependencies: ["JSON", "CommandLineClient", "SampleShop"], path: "Tools/ShopDay",
      swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: [
        "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "HTTPServer", "HTTPAPI",
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "OutsideSupport", dependencies: ["JSON", "Outgoing"], path: "Tests/OutsideSupport", swiftSettings: strict),
    .testTarget(name: "ScripTests", dependencies: ["Scrip"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(name: "IDNATests", dependencies: ["IDNA"], swiftSettings: strict),
    .testTarget(name: "DigestTests", dependencies: ["Digest"], swiftSettings: strict),
    .testTarget(
      name: "FormsTests", dependencies: ["Scrip", "JSON", "Forms", "Ledger", "Promotions", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "LedgerTests", dependencies: ["Scrip", "JSON", "Digest", "Forms", "Ledger"], swiftSettings: strict),
    .testTarget(
      name: "EngineTests", dependencies: ["Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "StoreContractTests",
      dependencies: [
        "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PostgresStoreTests",
      dependencies: ["Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "PostgresStore", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer"], swiftSettings: strict),
    .testTarget(
      name: "HTTPAPITests",
      dependencies: [
        "Scrip", "JSON", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "HTTPServer", "HTTPAPI",
        "Mail", "CheckoutWork", "Digest", "TestSupport",
      ],
      exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "OutgoingTests", dependencies: ["JSON", "Digest", "Outgoing", "OutsideSupport"], swiftSettings: strict),
    .testTarget(
      name: "PaymentsTests", dependencies: ["Scrip", "JSON", "Digest", "Outgoing", "Payments", "OutsideSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "MailTests",
      dependencies: ["Scrip", "JSON", "Digest", "Outgoing", "Mail", "OutsideSupport", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CheckoutWorkTests",
      dependencies: [
        "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "Payments", "Mail",
        "Outgoing", "CheckoutWork", "OutsideSupport", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WebhookWorkTests",
      dependencies: [
        "Scrip", "JSON", "Digest", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "Outgoing",
        "CheckoutWork", "WebhookWork", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ScripToolTests",
      dependencies: [
        "ScripTool", "ShopDay", "CommandLineClient", "JSON", "Scrip", "SampleShop", "FraudReplay", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ShopDayTests", dependencies: ["ShopDay", "SampleShop", "Scrip", "JSON", "Forms"],
      swiftSettings: strict),
    .testTarget(
      name: "FraudReplayTests", dependencies: ["Scrip", "SampleShop", "FraudReplay"], swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: ["Scrip", "JSON", "Forms", "Ledger", "Promotions", "SQLiteStore", "PostgresStore", "TestSupport"],
      swiftSettings: strict),
  ]
)
