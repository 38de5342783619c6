import Foundation
import Scrip
import Testing

@testable import Mail

@Suite struct MailFolderTests {
  private func message(_ id: String, text: String = "Hello\n") throws -> MailMessage {
    let shop = try #require(MailAddress("orders@shop.example"))
    return MailMessage(
      id: try #require(MailID(id, from: shop)), from: shop, to: shop, subject: "Your order", text: text,
      date: Instant(microseconds: 1_700_000_000_000_000))
  }

  @Test func `a mail becomes a file, and comes again as the same`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "mails-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let sender = MailFolder(path: folder.appending(path: "of/shop").path)
    #expect(sender.send(try message("order_1.confirmation")) == .accepted)
    #expect(sender.send(try message("order_1.confirmation")) == .accepted)
    #expect(sender.send(try message("order_2.confirmation", text: "Bye\n")) == .accepted)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "of/shop").path)
      .sorted()
    #expect(
      files == ["20231114T221320Z-order_1.confirmation.eml", "20231114T221320Z-order_2.confirmation.eml"])
    let file = try Data(contentsOf: folder.appending(path: "of/shop").appending(path: files[1]))
    #expect(Array(file) == (try message("order_2.confirmation", text: "Bye\n").wireForm))
  }

  @Test func `a folder that can't be written may be mended`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "no-folder-\(UUID())")
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    guard case .temporary = MailFolder(path: file.path).send(try message("order_1")) else {
      Issue.record("a file is no folder")
      return
    }
  }
}
