import Foundation
import Scrip
import TestSupport
import Testing

@testable import Mail

@Suite struct MailFolderTests {
  private func message(_ id: String, text: String = "Hello\n") throws -> MailMessage {
    let shop = try #require(MailAddress("orders@shop.example"))
    return MailMessage(
      id: try #require(MailID(id)), from: shop, to: shop, subject: "Your order", text: text,
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

  @Test func `mails are for the service's own user alone, and a folder that is there stays as it is`() throws
  {
    let folder = TemporaryFolder()
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    let path = folder.file("of/shop")
    for _ in 1...2 { #expect(MailFolder(path: path).send(try message("order_1")) == .accepted) }
    #expect(try mode(path) == 0o700)
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(files.count == 1)
    #expect(try mode("\(path)/\(files[0])") == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: path)
    #expect(MailFolder(path: path).send(try message("order_2")) == .accepted)
    #expect(try mode(path) == 0o750)
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
