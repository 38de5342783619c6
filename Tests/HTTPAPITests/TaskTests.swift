import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct TaskTests {
  private func park(_ name: ExactText<DueKey>, _ reason: String, in service: TestService) throws {
    let key = Owned(Tenant.ID(1), DueKey("send_mail", name))
    try service.store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      try transaction.due.scheduleForHouse([key], at: transaction.now)
      let claims = try transaction.due.claim(
        DueClaiming(kinds: ["send_mail"], limit: 1, holder: DueHolder(1), leaseSeconds: 60))
      for claim in claims { #expect(try transaction.due.settle(claim, .parked(reason))) }
    }
  }

  @Test func `operators see what is parked and why, page by page, and have it tried again`() async throws {
    let service = try await TestService()
    for name: ExactText<DueKey> in ["a/1", "b", "c"] { try park(name, "no answer", in: service) }
    let first = await service.send(.get, "/v1/tasks?state=parked&limit=2")
    #expect(first.status == 200)
    let rows = try #require(try first.json["data"])
    #expect(rows.count == 2)
    #expect(rows[0]?["key"]?.string() == "a/1" && rows[1]?["key"]?.string() == "b")
    #expect(rows[0]?["state"]?.string() == "parked" && rows[0]?["reason"]?.string() == "no answer")
    #expect(rows[0]?["attempts"]?.int64() == 1)
    let cursor = try #require(first["next_cursor"])
    let rest = await service.send(.get, "/v1/tasks?cursor=\(cursor)")
    #expect(try rest.json["data"]?.count == 1)

    let name = #"{"kind":"send_mail","key":"a/1"}"#
    let retried = await service.send(.post, "/v1/tasks/retry", name)
    #expect(retried.status == 200 && retried["key"] == "a/1")
    let again = await service.send(.post, "/v1/tasks/retry", name)
    #expect(again.status == 404 && again["code"] == "task_not_found")
    let all = await service.send(.get, "/v1/tasks")
    #expect(try all.json["data"]?[0]?["state"]?.string() == "waiting")

    // It is nobody else's.
    let stranger = await service.send(.get, "/v1/tasks", as: nil, secret: service.strangerSecret)
    #expect(try stranger.json["data"]?.count == 0)
    let theft = await service.send(
      .post, "/v1/tasks/retry", #"{"kind":"send_mail","key":"b"}"#, as: nil, secret: service.strangerSecret
    )
    #expect(theft.status == 404)
    #expect(await service.send(.get, "/v1/tasks", as: .server).status == 403)
    _ = await service.finish()
  }

  @Test func `mail that is not sent yet is called off, and a payment is not`() async throws {
    let service = try await TestService()
    try service.store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      for kind: DueWork.Kind in ["mail", "payment"] {
        set.dueWork.insert(DueWork(dueAt: transaction.now), for: Owned(Tenant.ID(1), DueKey(kind, "o-1")))
      }
      try transaction.write(set)
    }
    func cancel(_ kind: String, secret: String? = nil) async -> TestAnswer {
      await service.send(
        .post, "/v1/tasks/cancel", #"{"kind":"\#(kind)","key":"o-1","reason":"wrong address"}"#,
        secret: secret)
    }
    #expect(await cancel("mail", secret: service.strangerSecret).summary == "404 task_not_found")
    let payment = await cancel("payment")
    #expect(payment.summary == "409 task_not_cancellable" && payment.items == ["/kind task_not_cancellable"])
    let mail = await cancel("mail")
    #expect(mail.status == 200 && mail["kind"] == "mail" && mail["key"] == "o-1", "\(mail.text)")
    #expect(await cancel("mail").summary == "404 task_not_found")
    let events = try await service.events(until: "TaskCancelled")
    #expect(
      events.text.contains(#""data":{"kind":"mail","key":"o-1","reason":"wrong address"}"#), "\(events.text)")
    _ = await service.finish()
  }

  @Test func `metrics tell what is due, claimed, parked and late, and what failed by kind`() async throws {
    let service = try await TestService()
    service.metrics.observeDueWork(
      { DueCounts.Numbers(due: 3, leased: 2, parked: 1) }, lateSeconds: { 12.5 })
    for kind: DueWork.Kind in ["send_mail", "forget_answers", "send_mail"] { service.metrics.failed(kind) }
    let text = service.metrics.exposition
    for line in [#"{state="due"} 3"#, #"{state="leased"} 2"#, #"{state="parked"} 1"#] {
      #expect(text.contains("scrip_due_work\(line)"))
    }
    #expect(text.contains("scrip_due_work_late_seconds 12.5\n"))
    #expect(text.contains(#"scrip_due_work_failures_total{kind="send_mail"} 2"#))
    #expect(text.contains(#"scrip_due_work_failures_total{kind="forget_answers"} 1"#))
    _ = await service.finish()
  }
}
