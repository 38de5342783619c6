import Foundation
import Scrip
import TestSupport
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
    let folder = TemporaryFolder()
    let path = folder.file("of/shop")
    let sender = MailFolder(path: path)
    #expect(sender.send(try message("order_1.confirmation")) == .accepted)
    #expect(sender.send(try message("order_1.confirmation")) == .accepted)
    #expect(sender.send(try message("order_2.confirmation", text: "Bye\n")) == .accepted)
    let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(
      files == ["20231114T221320Z-order_1.confirmation.eml", "20231114T221320Z-order_2.confirmation.eml"])
    let file = try Data(contentsOf: URL(filePath: "\(path)/\(files[1])"))
    #expect(Array(file) == (try message("order_2.confirmation", text: "Bye\n").wireForm))
  }

  @Test func `a folder that can't be written may be mended`() throws {
    let folder = TemporaryFolder()
    let file = folder.file("no-folder")
    try Data().write(to: URL(filePath: file))
    guard case .temporary = MailFolder(path: file).send(try message("order_1")) else {
      Issue.record("a file is no folder")
      return
    }
  }
}
