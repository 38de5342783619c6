import Foundation

/// Puts mails into a folder as `.eml` files, which mail programs open: for whoever tries things out.
///
/// A file is there whole or not at all, and a mail that comes again replaces its file.
public struct MailFolder: MailSender {
  private let folder: URL

  /// Writes into a folder, which is made if it is not there.
  public init(path: String) { folder = URL(filePath: path, directoryHint: .isDirectory) }

  /// Writes a mail.
  public func send(_ message: MailMessage) -> MailOutcome {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(message.wireForm).write(to: folder.appending(path: message.fileName), options: .atomic)
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
