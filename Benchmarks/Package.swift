// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "scrip", path: "..")],
  targets: [
    .target(name: "CAllocationCount"),
    .executableTarget(
      name: "pricing-bench",
      dependencies: ["CAllocationCount", .product(name: "Scrip", package: "scrip")],
      path: "Sources/pricing",
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
