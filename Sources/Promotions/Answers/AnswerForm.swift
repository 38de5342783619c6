import Forms
import JSON
import Ledger
import Scrip

/// An answer in the form in which it is kept under its idempotency key.
///
/// What the store has anyway is not kept twice: the answer about an application names the application, the event that
/// it was agreed in, and what changes about it in its life. All other answers are kept whole.
public struct AnswerForm: Hashable, Sendable {
  /// What an answer is about.
  public enum Topic: String, CaseIterable, Sendable {
    /// A coupon.
    case coupon
    /// A coupon whose terms can't be read.
    case termlessCoupon = "termless_coupon"
    /// An application.
    case application
    /// Codes that were added to a coupon.
    case codes
    /// A key.
    case accessKey = "key"
    /// A tenant.
    case tenant
    /// A person.
    case person
  }

  /// What kind of answer it is.
  public enum Kind: Hashable, Sendable {
    /// Something was made, or was done.
    case reply(Topic, isNew: Bool)
    /// An entity was made, or was done something to.
    case entity(ExactText<AnswerForm>, isNew: Bool)
    /// An expected business answer: no.
    case refused(Refusal.Code)
  }

  /// What kind of answer it is.
  public var kind: Kind
  /// A JSON object.
  public var body: [UInt8]

  /// The form as the ledger keeps it.
  public var kept: KeptForm { KeptForm(kind: kind.stored, body: body) }

  /// Reads what the ledger keeps.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a kind that no version of this program writes.
  public init(_ kept: KeptForm) throws(StoreFailure) {
    self.init(kind: try Kind(stored: kept.kind), body: kept.body)
  }

  /// Makes a form.
  public init(kind: Kind, body: [UInt8]) {
    self.kind = kind
    self.body = body
  }
}

extension AnswerForm.Kind {
  private static let new = "new_"

  /// `new_coupon`, `coupon`, or the code of a refusal.
  public var stored: String {
    switch self {
    case .reply(let topic, isNew: true): Self.new + topic.rawValue
    case .reply(let topic, isNew: false): topic.rawValue
    case .entity(let topic, isNew: true): Self.new + topic.text
    case .entity(let topic, isNew: false): topic.text
    case .refused(let code): code.rawValue
    }
  }

  /// Reads the stored form.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a text that no version of this program writes.
  public init(stored text: String) throws(StoreFailure) {
    let isNew = text.hasPrefix(Self.new)
    let topic = isNew ? String(text.dropFirst(Self.new.count)) : text
    if let topic = AnswerForm.Topic(rawValue: topic) {
      self = .reply(topic, isNew: isNew)
    } else if Catalogue.entities.contains(where: { $0.topic == topic }) {
      self = .entity(ExactText(topic), isNew: isNew)
    } else if let code = Refusal.Code(rawValue: text) {
      self = .refused(code)
    } else {
      throw .corrupt("an answer's kind")
    }
  }
}

/// Writing.
extension AnswerForm {
  /// The form of an answer that a command was just given.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if the working set lacks what the answer is about.
  init(_ answer: Answer, in set: borrowing WorkingSet, of tenant: Tenant.ID) throws(StoreFailure) {
    switch answer {
    case .created(let reply): try self.init(reply, isNew: true, set, tenant)
    case .ok(let reply): try self.init(reply, isNew: false, set, tenant)
    case .refused(let refusal):
      let body = RefusalBody(detail: refusal.detail, items: refusal.items)
      self.init(kind: .refused(refusal.code), body: body.json)
    }
    assert(readsBack, "an answer that is kept can be read back")
  }

  private init(
    _ reply: Answer.Reply, isNew: Bool, _ set: borrowing WorkingSet, _ tenant: Tenant.ID
  ) throws(StoreFailure) {
    switch reply {
    case .coupon(let coupon): self.init(kind: .reply(.coupon, isNew: isNew), body: coupon.json)
    case .termlessCoupon(let coupon):
      self.init(kind: .reply(.termlessCoupon, isNew: isNew), body: coupon.json)
    case .application(let application):
      guard let agreedIn = set.applications[Owned(tenant, application.id)]?.agreedIn else {
        throw .missingSubject
      }
      let body = ApplicationAnswer(application, agreedIn: agreedIn)
      self.init(
        kind: .reply(.application, isNew: isNew),
        body: JSONWriter.bytes(capacity: 384) { body.write(to: &$0) })
    case .codes(let added): self.init(kind: .reply(.codes, isNew: isNew), body: added.json)
    case .accessKey(let key, _): self.init(kind: .reply(.accessKey, isNew: isNew), body: key.json)
    case .tenant(let tenant): self.init(kind: .reply(.tenant, isNew: isNew), body: tenant.json)
    case .person(let person): self.init(kind: .reply(.person, isNew: isNew), body: person.json)
    case .entity(let entity):
      self.init(
        kind: .entity(ExactText(type(of: entity.value).topic), isNew: isNew), body: entity.value.json)
    }
  }

  /// Whether its stored form says the same.
  private var readsBack: Bool {
    do throws(StoreFailure) {
      switch try read() {
      case .whole(.refused): return try Kind(stored: kind.stored) == kind
      case .whole(.created(let reply)), .whole(.ok(let reply)): return reply.keptJSON == body
      case .application(let answer, _): return JSONWriter.bytes { answer.write(to: &$0) } == body
      }
    } catch {
      return false
    }
  }
}

extension Answer.Reply {
  /// What is kept of a reply that is kept whole.
  fileprivate var keptJSON: [UInt8]? {
    switch self {
    case .coupon(let coupon): coupon.json
    case .termlessCoupon(let coupon): coupon.json
    case .application: nil
    case .codes(let added): added.json
    case .accessKey(let key, _): key.json
    case .tenant(let tenant): tenant.json
    case .person(let person): person.json
    case .entity(let entity): entity.value.json
    }
  }
}

/// Reading.
extension AnswerForm {
  /// What a form says.
  enum Read {
    /// The answer.
    case whole(Answer)
    /// An application, which has to be looked up.
    case application(ApplicationAnswer, isNew: Bool)
  }

  /// Reads the form.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for bytes that can't be understood.
  func read() throws(StoreFailure) -> Read {
    do throws(StoredFormError) {
      switch kind {
      case .reply(.application, let isNew):
        return .application(try ApplicationAnswer(stored: body, as: "an answer"), isNew: isNew)
      case .reply(.coupon, let isNew): return .whole(Answer(.coupon(try stored()), isNew: isNew))
      case .reply(.termlessCoupon, let isNew):
        return .whole(Answer(.termlessCoupon(try stored()), isNew: isNew))
      case .reply(.codes, let isNew): return .whole(Answer(.codes(try stored()), isNew: isNew))
      case .reply(.accessKey, let isNew):
        return .whole(Answer(.accessKey(try stored(), secret: nil), isNew: isNew))
      case .reply(.tenant, let isNew): return .whole(Answer(.tenant(try stored()), isNew: isNew))
      case .reply(.person, let isNew): return .whole(Answer(.person(try stored()), isNew: isNew))
      case .entity(let topic, let isNew):
        guard let entity = try AnyEntity.read(topic: topic.text, body) else {
          throw StoredFormError(
            form: "an answer", faults: ["only a newer version of this program knows this kind"])
        }
        return .whole(Answer(.entity(entity), isNew: isNew))
      case .refused(let code):
        let refusal: RefusalBody = try stored()
        return .whole(.refused(Refusal(code, refusal.detail, items: refusal.items)))
      }
    } catch {
      throw .corrupt(error.form)
    }
  }

  private func stored<Form: ObjectForm>() throws(StoredFormError) -> Form {
    try Form(stored: body, as: "an answer")
  }
}

extension Answer {
  /// Something that was made, or else done.
  init(_ reply: Reply, isNew: Bool) { self = isNew ? .created(reply) : .ok(reply) }
}
