import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// A billing run: one command for each line of the request, one line of the answer for each, in their order. So many are
/// under way at a time that the committer finds them together; what is about one invoice, or one subscription, happens one
/// after the other.
struct InvoiceRun: Sendable {
  /// How many lines a request has at most.
  static let linesMax = 2000
  private static let linesAtOnce = 250

  private let exchange: Exchange
  private let lines: [ArraySlice<UInt8>]

  /// Takes the lines of a body; those without anything in them are passed over.
  ///
  /// - Throws: `invalid_request` for too many.
  init(_ exchange: Exchange) throws(Problem) {
    self.exchange = exchange
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    lines = exchange.request.body.split(separator: 0x0A).filter { !$0.allSatisfy(isBlank) }
    if lines.count <= Self.linesMax { return }
    throw Problem(
      invalid: [
        FieldError(pointer: "", code: .tooLong, message: "must have at most \(Self.linesMax) lines")
      ])
  }

  /// The answer, written while the commands are decided.
  var reply: Reply {
    Reply(
      status: 200, contentType: "application/x-ndjson",
      body: .stream(HTTPBodyStream { try await write(to: $0) }))
  }

  private func write(to output: HTTPBodyWriter) async throws {
    var place = 0
    while place < lines.count {
      let chunk = lines[place..<min(place + Self.linesAtOnce, lines.count)]
      try await output.write(await answers(to: chunk))
      place += chunk.count
    }
  }

  private func answers(to chunk: ArraySlice<ArraySlice<UInt8>>) async -> [UInt8] {
    var outcomes = chunk.map(line)
    for turn in Self.turns(outcomes) { await decide(turn, in: &outcomes) }
    let named = await naming(outcomes.compactMap(\.invoice))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(chunk.count * 1024)
    var next = named.makeIterator()
    for (place, outcome) in zip(chunk.indices, outcomes) {
      var outcome = outcome
      if outcome.invoice != nil { outcome.invoice = next.next() }
      bytes += JSONWriter.bytes(capacity: 1024) { outcome.write(number: place + 1, to: &$0, exchange) }
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  /// The places of lines that are decided at the same time. What is about one invoice, or drafts of one subscription, follow
  /// each other, and what is called off is between what is told before and what is told behind it: it gives back what that
  /// may take.
  private static func turns(_ lines: [Line]) -> [[[Int]]] {
    var turns: [[[Int]]] = []
    var turn = Queues()
    var isVoiding = false
    for (place, line) in lines.enumerated() {
      guard let order = line.order else { continue }
      if order.isVoid != isVoiding {
        turns.append(turn.all)
        (turn, isVoiding) = (Queues(), order.isVoid)
      }
      turn.add(place, about: order.subjects)
    }
    return turns + [turn.all]
  }

  private func decide(_ turn: [[Int]], in lines: inout [Line]) async {
    let before = lines
    await withTaskGroup(of: [(Int, Line)].self) { group in
      for queue in turn {
        group.addTask {
          var lines: [(Int, Line)] = []
          for place in queue { lines.append((place, await decided(before[place]))) }
          return lines
        }
      }
      for await decided in group { for (place, line) in decided { lines[place] = line } }
    }
  }

  /// The invoices with their customers' names. Without names they are shown as they are kept.
  private func naming(_ invoices: [Invoice]) async -> [Invoice] {
    do throws(StoreFailure) {
      return try await exchange.engine.naming(invoices, of: exchange.tenant)
    } catch {
      return invoices
    }
  }

  private func line(_ bytes: ArraySlice<UInt8>) -> Line {
    var line = Line()
    do throws(Problem) {
      let document = try document(bytes)
      line.id = InvoiceOrder.id(in: document)
      line.order = try order(document)
    } catch {
      line.refuse(error)
    }
    return line
  }

  private func decided(_ told: Line) async -> Line {
    guard let order = told.order else { return told }
    var line = told
    var persons = exchange.persons()
    let action = action(order, &persons)
    do throws(Problem) { try await submit(action, persons, to: &line) } catch { line.refuse(error) }
    return line
  }

  private func document(_ bytes: ArraySlice<UInt8>) throws(Problem) -> JSONDocument {
    do throws(JSONSyntaxError) { return try JSONDocument(parsing: Array(bytes)) } catch {
      throw Problem(.malformedJSON, "The line is not JSON: \(error.message).")
    }
  }

  private func order(_ document: JSONDocument) throws(Problem) -> InvoiceOrder {
    do throws(JSONDecodingErrors) {
      return try document.readValue { InvoiceOrder(reading: $0) }
    } catch {
      throw Problem(error)
    }
  }

  private func action(_ order: InvoiceOrder, _ persons: inout Persons) -> any Action<WorkingSet> {
    switch order.step {
    case .draft(var request):
      request.hideCustomer(&persons)
      return PriceInvoice(invoiceID: order.id, request: request)
    case .finalize(let request):
      return FinalizeInvoice(invoiceID: order.id, expectedTotal: request.expectedTotal)
    case .void(let request):
      return VoidInvoice(invoiceID: order.id, givesBack: request.givesBack, reason: request.reason)
    }
  }

  private func submit(
    _ action: any Action<WorkingSet>, _ persons: Persons, to line: inout Line
  ) async throws(Problem) {
    let command = PromotionCommand(
      tenant: exchange.tenant, actor: .key(exchange.caller.id), requestID: exchange.requestID,
      persons: persons.named, action: action)
    let outcome: CommandOutcome
    do throws(CommandFailure) { outcome = try await exchange.engine.submit(command) } catch {
      throw Problem(error)
    }
    switch outcome.answer {
    case .created(.entity(let entity)):
      line.status = 201
      line.invoice = entity.value as? Invoice
    case .ok(.entity(let entity)): line.invoice = entity.value as? Invoice
    case .refused(let refusal): throw Problem(refusal)
    case .created, .ok: preconditionFailure("a command about an invoice is answered with it")
    }
  }
}

/// What became of one line.
private struct Line: Sendable {
  var status = 200
  var id: InvoiceID?
  /// What is to happen; nil if that could not be read.
  var order: InvoiceOrder?
  var invoice: Invoice?
  var problem: Problem?

  mutating func refuse(_ problem: Problem) {
    self.problem = problem
    status = problem.code.status
  }

  func write(number: Int, to writer: inout JSONWriter, _ exchange: Exchange) {
    writer.object { writer in
      writer.key("line")
      writer.int(Int64(number))
      writer.key("id")
      if let id { writer.string(id.text) } else { writer.null() }
      writer.key("status")
      writer.int(Int64(status))
      if let invoice {
        writer.key("invoice")
        invoice.write(to: &writer)
      }
      if let problem {
        writer.key("problem")
        ProblemView(code: problem.code, requestID: exchange.requestID, body: problem.body).write(to: &writer)
      }
    }
  }
}

/// Places of lines that have to follow each other, in their order.
private struct Queues {
  private var queues: [[Int]] = []
  private var ofSubject: [Subject: Int] = [:]

  /// The queues.
  var all: [[Int]] { queues.filter { !$0.isEmpty } }

  /// Adds a place behind all that is about one of its subjects. One that is about two joins what was apart.
  mutating func add(_ place: Int, about subjects: [Subject]) {
    let known = Set(subjects.compactMap { ofSubject[$0] }).sorted()
    let target = known.first ?? queues.count
    if known.isEmpty { queues.append([]) }
    queues[target].append(place)
    for other in known.dropFirst() {
      queues[target] = (queues[target] + queues[other]).sorted()
      queues[other] = []
      for (subject, queue) in ofSubject where queue == other { ofSubject[subject] = target }
    }
    for subject in subjects { ofSubject[subject] = target }
  }
}

/// What a line is about.
private enum Subject: Hashable {
  case invoice(InvoiceID)
  case subscription(SubscriptionID)
}

extension InvoiceOrder {
  fileprivate var subjects: [Subject] {
    guard case .draft(let request) = step, let id = request.content.subscriptionID else {
      return [.invoice(self.id)]
    }
    return [.invoice(self.id), .subscription(id)]
  }

  fileprivate var isVoid: Bool { if case .void = step { true } else { false } }
}
