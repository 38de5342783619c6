/// The OpenAPI document.
enum OpenAPIDocument {
  static func bytes(version: String) -> [UInt8] { Array("{}".utf8) }
}
