import CommandLineClient
import Digest
import Foundation

extension DataFolder {
  /// The file of keys that seal secrets, unless a flag names another one.
  private var sealingKeysPath: String { path + "/sealing.keys" }

  /// The keys that seal the secrets of payment providers: from a file that is named, or kept in the folder, or made now.
  ///
  /// With a database on a server every node needs the same file, so that none is made there.
  ///
  /// - Parameter path: the file that a flag names.
  /// - Returns: nil if there is no file.
  func sealingKeys(in path: String?) throws(ToolError) -> SealingKeys? {
    let file = path ?? sealingKeysPath
    if let text = try content(of: file) { return try keys(in: text, from: file) }
    if path != nil {
      throw .usage("There is no file \(file) of sealing keys (--sealing-keys, SCRIP_SEALING_KEYS).")
    }
    guard store.isLocal else { return nil }
    try makeSealingKeys()
    guard let text = try content(of: file) else { throw .failure("\(file) can't be read.") }
    return try keys(in: text, from: file)
  }

  private func content(of file: String) throws(ToolError) -> String? {
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw .failure("\(file) can't be read.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func keys(in text: String, from file: String) throws(ToolError) -> SealingKeys {
    do throws(SealingKeys.Mistake) {
      return try SealingKeys(parsing: text)
    } catch {
      throw .usage(
        "\(file) is no file of sealing keys: \(error.words). docs/operating/payments.md tells its form.")
    }
  }

  private func makeSealingKeys() throws(ToolError) {
    guard let id = SealingKeyID("first") else { return }
    let line = SealingKeys.newLine(named: id).revealed + "\n"
    try create()
    _ = try write(Array(line.utf8), to: sealingKeysPath)
  }
}

extension SealingKeys.Mistake {
  fileprivate var words: String {
    switch self {
    case .empty: "it holds no key"
    case .malformed(let line): "line \(line) is no name with 64 hexadecimal digits"
    case .repeated(let line): "line \(line) has the name or the key of an earlier one"
    }
  }
}
