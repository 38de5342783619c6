import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// Where shops' own messages come in, whoever brings them: each is read by its tenant's mapping, and becomes a command or
/// is kept with the reason why it can't be understood.
public struct InboxDesk: Sendable {
  private let engine: Engine
  private let identities: IdentityHash
  private let fraud: FraudWatch?

  /// Puts a desk together.
  ///
  /// - Parameters:
  ///   - identityKey: the key under which e-mail addresses and the like are hashed.
  ///   - fraud: who watches for fraud.
  public init(_ engine: Engine, identityKey: [UInt8], fraud: FraudWatch? = nil) {
    self.init(engine, IdentityHash(key: identityKey), fraud: fraud)
  }

  init(_ engine: Engine, _ identities: IdentityHash, fraud: FraudWatch?) {
    self.engine = engine
    self.identities = identities
    self.fraud = fraud
  }

  /// By what a message is known again; nil if it does not say.
  public static func envelope(of text: [UInt8]) -> InboxEnvelope? {
    // Whoever asks has another reason to tell of it than this one.
    guard let document = try? JSONDocument(body: text) else { return nil }
    return try? InboxEnvelope(document.root)
  }

  /// Who brings messages.
  public struct Bringer: Sendable {
    let tenant: Tenant.ID
    let actor: Actor
    let requestID: String?

    /// Names whoever brings messages of a tenant.
    public init(tenant: Tenant.ID, actor: Actor, requestID: String? = nil) {
      self.tenant = tenant
      self.actor = actor
      self.requestID = requestID
    }
  }

  /// Takes messages as they came, each of them one JSON text or what should be one. Those of one order are taken in their
  /// order, others at the same time.
  ///
  /// - Throws: `CommandFailure` if the store can't be asked or written. Those that were taken before that are known again.
  public func take(
    _ texts: [[UInt8]], from bringer: Bringer
  ) async throws(CommandFailure) -> [InboxOutcome] {
    let mapping = try await mapping(of: bringer.tenant)
    return try await take(texts.map { draft($0, mapping, bringer.tenant) }, from: bringer)
  }

  /// Takes messages of one JSON text, one after the other: whoever sends them together has put them in an order, and the
  /// last use of a coupon is the first one's.
  func take(
    inOrder messages: [JSONDocument.ElementOrText], from bringer: Bringer
  ) async throws(CommandFailure) -> [InboxOutcome] {
    let mapping = try await mapping(of: bringer.tenant)
    var outcomes: [InboxOutcome] = []
    for message in messages {
      let intake =
        switch message {
        case .node(let node): draft(node, mapping, bringer.tenant)
        case .text(let text): draft(text, mapping, bringer.tenant)
        }
      outcomes.append(try await settle(intake, from: bringer))
    }
    try await forgetExcess(behind: outcomes, of: bringer.tenant)
    return outcomes
  }

  /// Where the parts of a tenant's messages stand.
  func mapping(of tenant: Tenant.ID) async throws(CommandFailure) -> InboxMapping {
    do throws(StoreFailure) {
      return try await engine.row(InboxMappingRow.self, tenant)?.mapping ?? InboxMapping()
    } catch {
      throw .store(error)
    }
  }

  private func take(
    _ drafts: [InboxIntake], from bringer: Bringer
  ) async throws(CommandFailure) -> [InboxOutcome] {
    var groups: [OrderID?: [Int]] = [:]
    for (index, draft) in drafts.enumerated() { groups[draft.orderID, default: []].append(index) }
    let results = await withTaskGroup(of: (Result<[(Int, InboxOutcome)], CommandFailure>).self) { group in
      for indices in groups.values {
        group.addTask {
          do throws(CommandFailure) {
            var outcomes: [(Int, InboxOutcome)] = []
            for index in indices { outcomes.append((index, try await settle(drafts[index], from: bringer))) }
            return .success(outcomes)
          } catch {
            return .failure(error)
          }
        }
      }
      var results: [Result<[(Int, InboxOutcome)], CommandFailure>] = []
      for await result in group { results.append(result) }
      return results
    }
    var outcomes: [(Int, InboxOutcome)] = []
    for result in results { outcomes += try result.get() }
    let ordered = outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    try await forgetExcess(behind: ordered, of: bringer.tenant)
    return ordered
  }

  private func settle(
    _ draft: InboxIntake, from bringer: Bringer
  ) async throws(CommandFailure) -> InboxOutcome {
    guard let action = await judged(draft.action, bringer.tenant) else { return draft.outcome }
    let command = PromotionCommand(
      tenant: bringer.tenant, actor: bringer.actor, requestID: bringer.requestID, persons: draft.persons,
      action: action)
    switch try await engine.submit(command).answer {
    case .ok(.entity(let entity)), .created(.entity(let entity)):
      return entity.value as? InboxOutcome ?? draft.outcome
    case .refused(let refusal):
      var outcome = draft.outcome
      outcome.outcome = .refused
      outcome.reason = InboxReason(refusal.code.rawValue)
      outcome.detail = InboxMessageRow.Text(refusal.detail)
      return outcome
    case .ok, .created: return draft.outcome
    }
  }

  /// The action with what was seen in whoever a message tells of.
  func judged(
    _ action: (any Action<WorkingSet>)?, _ tenant: Tenant.ID
  ) async -> (any Action<WorkingSet>)? {
    guard let fraud, var take = action as? TakeMessage, case .order(let codes, let customer, _) = take.told
    else {
      return action
    }
    take.screening = await fraud.screen(customer, codes: codes.map { TypedCode($0) }, of: tenant)
    return take
  }

  /// Keeps no more messages that somebody should look at than may be kept: the oldest are forgotten.
  private func forgetExcess(
    behind outcomes: [InboxOutcome], of tenant: Tenant.ID
  ) async throws(CommandFailure) {
    guard outcomes.contains(where: { $0.outcome == .dead || $0.outcome == .refused }) else { return }
    for state in [InboxState.dead, .refused] {
      let question = MessagesOfTenant(of: tenant, state, offset: InboxMessageRow.openMax, limit: 200)
      let excess: [KeptMessage]
      do throws(StoreFailure) {
        excess = try await engine.ask { (store) throws(StoreFailure) in try store.find(question) }
      } catch {
        throw .store(error)
      }
      if excess.isEmpty { continue }
      InboxCounts.shared.forgotten(excess.count)
      _ = try await engine.submit(
        PromotionCommand(tenant: tenant, actor: .system, action: ForgetMessages(excess.map(\.id))))
    }
  }
}

/// A message on its way in.
struct InboxIntake: Sendable {
  /// What is to be done; nil for what means nothing here.
  var action: (any Action<WorkingSet>)?
  /// Whom it names.
  var persons: [NamedPerson] = []
  /// The order that it is about; nil if that can't be told.
  var orderID: OrderID?
  /// What is said where nothing is done.
  var outcome: InboxOutcome
}

extension InboxDesk {
  private func draft(_ text: [UInt8], _ mapping: InboxMapping, _ tenant: Tenant.ID) -> InboxIntake {
    do throws(JSONSyntaxError) {
      return draft(try JSONDocument(body: text).root, mapping, tenant)
    } catch {
      let fault = InboxFault("malformed_json", at: "", error.description)
      return unreadable(fault, nil, text)
    }
  }

  /// Reads a message.
  ///
  /// - Parameter replaying: what is kept of it, for one that is taken again.
  func draft(
    _ message: JSONNode, _ mapping: InboxMapping, _ tenant: Tenant.ID, replaying kept: KeptMessage? = nil
  ) -> InboxIntake {
    let body = message.compactBytes()
    let type = (mapping.type.find(in: message)?.string()).flatMap { text in
      (1...200).contains(text.unicodeScalars.count) && !text.utf8.contains(0) ? text : nil
    }
    do throws(InboxFault) {
      let envelope = if let kept { kept.row.envelope } else { try InboxEnvelope(message) }
      do throws(InboxFault) {
        guard body.count <= InboxMessageRow.bytesMax else {
          throw InboxFault("too_large", at: "", "must have at most \(InboxMessageRow.bytesMax) bytes")
        }
        guard let reading = try InboxReading.read(message, by: mapping) else {
          if kept != nil {
            throw InboxFault("type_not_mapped", at: mapping.type.text, "means nothing by the mapping")
          }
          return InboxIntake(outcome: InboxOutcome(.ignored, envelope, reason: "type_not_mapped"))
        }
        var persons = Persons(identities, of: tenant)
        let told = reading.told(&persons)
        let action = TakeMessage(
          envelope, id: kept?.id, type: type.map { ExactText($0) }, reading.topic, of: reading.orderID, told,
          body: body, isReplay: kept != nil)
        return InboxIntake(
          action: action, persons: persons.named, orderID: reading.orderID,
          outcome: InboxOutcome(.dead, envelope, reason: "not_answered"))
      } catch {
        let action = KeepMessage(
          envelope, id: kept?.id, type: type.map { ExactText($0) }, error,
          body: body.count <= InboxMessageRow.bytesMax ? body : nil, isReplay: kept != nil)
        return InboxIntake(
          action: action, outcome: InboxOutcome(.dead, envelope, reason: InboxReason(error.code)))
      }
    } catch {
      return unreadable(error, type, body)
    }
  }

  /// What does not even say what it is called is known again by its bytes.
  private func unreadable(_ fault: InboxFault, _ type: String?, _ text: [UInt8]) -> InboxIntake {
    let envelope = InboxEnvelope(source: "", id: InboxEnvelope.Attribute(InboxDesk.fingerprint(of: text)))
    let body = text.count <= InboxMessageRow.bytesMax ? text : nil
    return InboxIntake(
      action: KeepMessage(envelope, type: type.map { ExactText($0) }, fault, body: body),
      outcome: InboxOutcome(.dead, nil, reason: InboxReason(fault.code)))
  }
}

extension InboxReading {
  /// What it tells, with its persons hidden.
  fileprivate func told(_ persons: inout Persons) -> InboxTold {
    switch content {
    case .order(let codes, let customer, let cart):
      .order(codes: codes, customer: persons.customer(customer), cart: cart)
    case .failed: .failed
    case .paid(let saysNoCodes): .paid(saysNoCodes: saysNoCodes)
    case .cancelled: .cancelled
    case .refunded(let refund): .refunded(refund)
    }
  }
}
