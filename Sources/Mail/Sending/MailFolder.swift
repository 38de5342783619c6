import Foundation

/// Puts mails into a folder as `.eml` files, which mail programs open: for whoever tries things out.
///
/// A file is there whole or not at all, and a mail that comes again replaces its file. Mails name customers: files, and a
/// folder that is made, are for the service's own user alone.
public struct MailFolder: MailSender {
  private let folder: URL

  /// Writes into a folder, which is made if it is not there.
  public init(path: String) { folder = URL(filePath: path, directoryHint: .isDirectory) }

  /// Writes a mail.
  public func send(_ message: MailMessage) -> MailOutcome {
    do {
      let files = FileManager.default
      try files.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      // Begins with a dot, so that no mail program takes it for a mail.
      let draft = folder.appending(path: ".\(UUID().uuidString)")
      guard
        files.createFile(
          atPath: draft.path, contents: Data(message.wireForm), attributes: [.posixPermissions: 0o600])
      else { throw CocoaError(.fileWriteUnknown) }
      guard unsafe rename(draft.path, folder.appending(path: message.fileName).path) == 0 else {
        let code = errno
        try files.removeItem(at: draft)
        throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
      }
      return .accepted
    } catch {
      return .temporary(reason: "The mail can't be written to \(folder.path): \(error.localizedDescription)")
    }
  }
}

extension MailMessage {
  /// Sorted by time, and made of characters that are nothing special to anybody.
  fileprivate var fileName: String {
    let moment = date.description.filter { $0 != ":" && $0 != "-" }
    return "\(moment)-\(id.name).eml"
  }
}
