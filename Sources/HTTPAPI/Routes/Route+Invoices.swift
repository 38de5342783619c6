import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let invoice = PathParameter<InvoiceID>.name("invoice_id", notFound: .invoice)
}

extension Route {
  static let invoices: [Route] = [
    Route(
      .put, "/v1/invoices/{invoice_id}", .servers,
      Operation(
        id: "priceInvoice", tag: "Billing",
        summary:
          "Tell of an invoice, for the first time or anew, and compute what coupons take off it. A coupon that can't be applied never stops it.",
        body: .required(.input(InvoiceRequest.self)),
        successes: [
          .created(.output(Invoice.self), headers: ["ETag", "Location"]),
          .ok(.output(Invoice.self), headers: ["ETag"]),
        ], problems: [409]),
      .deciding(priceInvoice)),
    Route(
      .get, "/v1/invoices", .servers,
      Operation(
        id: "listInvoices", tag: "Billing", summary: "Invoices, newest first.",
        query: InvoiceListQuery.self, successes: [.ok(.page(of: Invoice.self))]),
      .asking(listInvoices)),
    Route(
      .get, "/v1/invoices/{invoice_id}", .servers,
      Operation(
        id: "getInvoice", tag: "Billing", summary: "An invoice with what coupons take off it.",
        successes: [.ok(.output(Invoice.self), headers: ["ETag"])]),
      .asking(getInvoice)),
    Route(
      .get, "/v1/invoices/{invoice_id}/events", .servers,
      Operation(
        id: "listInvoiceEvents", tag: "Billing", summary: "What happened to an invoice, oldest first.",
        query: EventListQuery.self, successes: [.ok(.output(EventPage.self))]),
      .asking(listInvoiceEvents)),
    Route(
      .post, "/v1/invoices/{invoice_id}/finalize", .servers,
      Operation(
        id: "finalizeInvoice", tag: "Billing",
        summary: "Freeze an invoice: nothing changes what coupons take off it any more.",
        body: .optional(.input(FinalizeRequest.self)),
        successes: [.ok(.output(Invoice.self), headers: ["ETag"])], problems: [409]),
      .deciding(finalizeInvoice)),
    Route(
      .post, "/v1/invoices/{invoice_id}/void", .servers,
      Operation(
        id: "voidInvoice", tag: "Billing",
        summary: "Call an invoice off: what it took of coupons goes back, once.",
        body: .optional(.input(VoidRequest.self)),
        successes: [.ok(.output(Invoice.self), headers: ["ETag"])], problems: [409]),
      .deciding(voidInvoice)),
    Route(
      .post, "/v1/invoices/preview", .servers,
      Operation(
        id: "previewInvoices", tag: "Billing",
        summary:
          "What coupons would take off an invoice, and off those after it. Nothing is written.",
        body: .required(.input(PreviewRequest.self)), successes: [.ok(.page(of: Invoice.self))],
        problems: [404, 409]),
      .asking(previewInvoices)),
    Route(
      .post, "/v1/invoices/batch", .servers,
      Operation(
        id: "runInvoices", tag: "Billing",
        summary:
          "A billing run: one object a line, each an invoice that is told, frozen or called off; one line of the answer for each.",
        body: .lines(.input(InvoiceOrder.self)),
        successes: [.lines("One object a line: line, id, status, and invoice or problem.")]),
      .deciding(runInvoices)),
  ]

  @Sendable private static func runInvoices(_ exchange: Exchange) async throws(Problem) -> Reply {
    try InvoiceRun(exchange).reply
  }

  @Sendable private static func priceInvoice(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(naming: PathParameters.invoice)
    var request = try exchange.body(InvoiceRequest.self)
    var persons = exchange.persons()
    request.hideCustomer(&persons)
    return Reply(try await exchange.submit(PriceInvoice(invoiceID: id, request: request), naming: persons))
  }

  @Sendable private static func listInvoices(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: InvoiceListQuery.self)
    let question = LatestRows<InvoiceRow, InvoiceSubject>(
      InvoiceRow.self, of: exchange.tenant, where: query.condition, after: query.after,
      limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(try await exchange.naming(found.map(\.invoice)), limit: query.limit)
    return .json(
      page.json(
        cursor: {
          LatestRows<InvoiceRow, InvoiceSubject>.Place(createdAt: $0.createdAt, id: Invoice.ID(of: $0.id))
            .cursor
        }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getInvoice(_ exchange: Exchange) async throws(Problem) -> Reply {
    let invoice = try await exchange.invoice()
    return .json(try await exchange.naming(invoice).json, headers: [("ETag", "\"v\(invoice.version)\"")])
  }

  @Sendable private static func listInvoiceEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: .invoice(exchange.invoice().id))
  }

  @Sendable private static func finalizeInvoice(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.invoice)
    let request = try exchange.optionalBody(FinalizeRequest.self)
    return Reply(
      try await exchange.submit(FinalizeInvoice(invoiceID: id, expectedTotal: request.expectedTotal)))
  }

  @Sendable private static func voidInvoice(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.invoice)
    let request = try exchange.optionalBody(VoidRequest.self)
    return Reply(
      try await exchange.submit(
        VoidInvoice(invoiceID: id, givesBack: request.givesBack, reason: request.reason)))
  }

  @Sendable private static func previewInvoices(_ exchange: Exchange) async throws(Problem) -> Reply {
    var request = try exchange.body(PreviewRequest.self)
    var persons = exchange.persons()
    request.invoice.hideCustomer(&persons)
    let question = PreviewInvoice(
      invoiceID: request.id, request: request.invoice, cycles: request.cycles, months: request.months)
    let answer = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.preview(question, tenant: exchange.tenant)
    }
    switch answer {
    case .failure(let refusal): throw Problem(refusal)
    case .success(let invoices):
      let named = try await exchange.naming(invoices, knowing: persons)
      return .json(form: ListPage(data: named, nextCursor: nil))
    }
  }
}

extension InvoiceRequest {
  /// Puts a pseudonym in place of whom it names.
  mutating func hideCustomer(_ persons: inout Persons) {
    content.customer = content.customer.map { persons.pseudonym(of: $0) }
  }
}

extension Exchange {
  /// The invoice in the path.
  fileprivate func invoice() async throws(Problem) -> Invoice {
    let id = try path(PathParameters.invoice)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(InvoiceRow.self, Owned(tenant, Invoice.ID(of: id)))
    }
    guard let row else { throw PathParameters.invoice.problem() }
    return row.invoice
  }
}

/// The page of invoices that is asked for.
private struct InvoiceListQuery: QueryForm {
  static let formName = "InvoiceListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var subscriptionID: SubscriptionID?
  var state: Invoice.State?
  var limit: Int64
  var after: LatestRows<InvoiceRow, InvoiceSubject>.Place?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let subscriptionID = walk.optional(
      "subscription_id", query?.subscriptionID, .visibleName(SubscriptionID.self),
      "Only of this subscription.")
    let state = walk.optional("state", query?.state, .choice(named: "InvoiceState"), "Only in this state.")
    let limit = walk.member("limit", query?.limit, else: 20, .integer(1, to: 50), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .place(in: InvoiceRow.self), "The next_cursor of an earlier page.")
    guard let subscriptionID, let state, let limit, let after else { return nil }
    if subscriptionID != nil, state != nil {
      walk.refuse("state", .invalidValue, "must not stand beside subscription_id")
      return nil
    }
    return Self(subscriptionID: subscriptionID, state: state, limit: limit, after: after)
  }

  /// What rows are looked for by: there is an index for each.
  var condition: RowCondition<InvoiceRow>? {
    if let subscriptionID {
      return RowCondition("subscription_id", Subscription.ID(of: subscriptionID)) {
        $0.content.value.subscriptionID == subscriptionID
      }
    }
    return state.map { state in RowCondition("state", state) { $0.state == state } }
  }
}
