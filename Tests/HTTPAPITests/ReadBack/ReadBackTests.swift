import Foundation
import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import HTTPAPI

/// What is accepted can be read back for ever. Every command is sent whatever its request may hold at the most, at the
/// least, and oddly; what is refused is refused as such, and then everything is read.
@Suite struct ReadBackTests {
  private static let bodies: [String: @Sendable (Sender) async throws -> Void] = [
    "CreateCoupon": { try await $0.createCoupons() },
    "UpdateCoupon": { try await $0.updateCoupons() },
    "ChangeCouponState": { try await $0.changeStates() },
    "AddCodes": { try await $0.addCodes() },
    "ApplyCodes": { try await $0.applyCodes() },
    "RedeemApplication": { try await $0.settle("redeem", Sender.redemptions) },
    "ChangeApplication": { try await $0.changeApplications() },
    "ReleaseApplication": { try await $0.settle("release", Sender.reasons) },
    "ExtendApplication": { try await $0.settle("extend", Sender.extensions) },
    "RestoreApplication": { try await $0.restore() },
    "a revocation": { try await $0.revokeLocks() },
    "the tidier": { try await $0.tidyLocks() },
    "CreateKey": { try await $0.createKeys() },
    "RevokeKey": { try await $0.revokeKeys() },
    "ChangeSettings": { try await $0.changeSettings() },
    "ErasePerson": { try await $0.erasePersons() },
    "CreateTenant": { try await $0.createTenants() },
    "AdvanceTestClock": { try await $0.advanceTestClocks() },
    "DefineCampaign": { try await $0.defineCampaigns() },
    "CreateOrder": { try await $0.createOrders() },
    "ChangeOrder": { try await $0.changeOrders() },
    "CheckOutOrder": { try await $0.checkOut() },
    "PayOrder": { try await $0.pay() },
    "FailOrder": { try await $0.fail() },
    "CancelOrder": { try await $0.cancel() },
    "AmendOrder": { try await $0.amend() },
    "RefundOrder": { try await $0.refund() },
    "ChangePaymentSettings": { try await $0.changePaymentSettings() },
    "ReportPayment": { try await $0.reportPayments() },
    "CaptureOrder": { try await $0.capture() },
    "ReportRefund": { try await $0.reportRefunds() },
    "ReportFailedRefund": { try await $0.reportFailedRefunds() },
    "SettlePayment": { try await $0.settlePayments() },
    "SetMailTemplate": { try await $0.setMailTemplates() },
    "RemoveMailTemplate": { try await $0.removeMailTemplates() },
    "RecordMail": { try await $0.recordMails() },
    "SaveSubscription": { try await $0.saveSubscriptions() },
    "AttachCoupon": { try await $0.attachCoupons() },
    "DetachCoupon": { try await $0.detachCoupons() },
    "PriceInvoice": { try await $0.priceInvoices() },
    "FinalizeInvoice": { try await $0.finalizeInvoices() },
    "VoidInvoice": { try await $0.voidInvoices() },
    "CancelTask": { try await $0.cancelTasks() },
    "CreateWebhook": { try await $0.createWebhooks() },
    "ChangeWebhook": { try await $0.changeWebhooks() },
    "RotateWebhookSecret": { try await $0.rotateWebhookSecrets() },
    "DisableWebhook": { try await $0.disableWebhooks() },
    "RemoveWebhook": { try await $0.removeWebhooks() },
    "ReplayWebhook": { try await $0.replayWebhooks() },
    "KeepWebhookTest": { try await $0.testWebhooks() },
    "ResealWebhook": { try await $0.resealWebhooks() },
  ]

  /// Every command that there is, by its source: one that is new and not in the table fails here.
  @Test func `every command is tried`() throws {
    let decisions = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Sources/Promotions/Decisions").standardized
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: decisions.path) {
      let source = try String(contentsOfFile: decisions.appending(path: file).path, encoding: .utf8)
      for match in source.matches(of: /struct (\w+): [^{]*\bPromotionAction\b/) {
        names.insert(String(match.1))
      }
    }
    #expect(names == Set(Self.bodies.keys).subtracting(["a revocation", "the tidier"]))
  }

  @Test(arguments: bodies.keys.sorted())
  func `what a command accepts can be read back`(command: String) async throws {
    let sender = Sender(service: try await TestService(), command: command)
    try await sender.prepare()
    let body = try #require(Self.bodies[command])
    try await body(sender)
    #expect(sender.accepted > 0, "nothing was accepted")
    try await sender.readEverything()
  }

  @Test func `a day after which the calendar ends is refused, the one before it is read back`() async throws {
    let sender = Sender(service: try await TestService(), command: "UpdateCoupon")
    let id = try await sender.service.activeCoupon()
    _ = try await sender.service.lock("WELCOME10")
    let refused = await sender.service.send(
      .patch, "/v1/coupons/\(id)", #"{"ends_at":"9999-12-31","time_zone":"UTC"}"#)
    #expect(refused.summary == "422 invalid_request")
    #expect(refused.items == ["/ends_at out_of_range"])
    let early = await sender.service.send(
      .patch, "/v1/coupons/\(id)", #"{"starts_at":"0000-01-01","time_zone":"Asia/Tokyo"}"#)
    #expect(early.items == ["/starts_at out_of_range"])
    await sender.send(.patch, "/v1/coupons/\(id)", #"{"ends_at":"9999-12-30","time_zone":"UTC"}"#)
    #expect(sender.accepted == 1)
    sender.service.clock.advance(.seconds(10_000))
    try await sender.readEverything()
  }

  @Test func `a lock at the end of the calendar can be read back`() async throws {
    let service = try await TestService()
    let sender = Sender(service: service, command: "ApplyCodes")
    let start = service.clock.now
    service.clock.advance(.seconds((Instant.latest.microseconds - start.microseconds) / 1_000_000 - 3600))
    _ = try await service.activeCoupon()
    let id = try await service.lock("WELCOME10")
    await sender.send(.post, "/v1/applications/\(id)/extend", #"{"ttl_seconds":604800}"#)
    #expect(sender.accepted == 1)
    #expect(try await service.engine.application(ofOrder: "o-1", tenant: Tenant.ID(1))?.expiresAt == .latest)
    try await sender.readEverything()
  }
}
