import Forms
import Ledger
import Scrip

/// What a reply shows, by name: its values are read from the state after the command's events.
public enum ReplySubject: Sendable {
  /// The coupon as it is now.
  case coupon(Coupon.ID, isNew: Bool)
  /// The application as it is now.
  case application(DiscountApplication.ID, isNew: Bool)
  /// Codes that were added to a coupon.
  case codes(Coupon.ID, [CodeGrant])
  /// A key as it is now, with its secret if it is new.
  case accessKey(AccessKey.ID, secret: String?)
  /// The tenant as it is now.
  case tenant(Tenant.ID, isNew: Bool)
  /// What is known of a person.
  case person(UserID)
  /// Something else as it is now.
  case entity(isNew: Bool, @Sendable (WorkingSet) -> (any Entity)?)
  /// What became of a shop's message, with what is kept of it.
  case inbox(InboxNotes)
  /// What became of something about an endpoint, with what is kept of it.
  case webhook(WebhookNotes)
  /// No; the facts record that it was asked.
  case refused(Refusal)
}

extension WorkingSet {
  /// The answer to a command, once its facts are folded in.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if the store lacks what the reply is about.
  public func answer(_ subject: ReplySubject, of tenant: Tenant.ID) throws(StoreFailure) -> Answer {
    switch subject {
    case .coupon(let id, let isNew):
      if let row = coupons[Owned(tenant, id)]?.withoutVoidLocks, row.coupon == nil {
        Answer(.termlessCoupon(row.withoutTerms), isNew: isNew)
      } else {
        Answer(.coupon(try shown(coupons[Owned(tenant, id)]?.withoutVoidLocks.coupon)), isNew: isNew)
      }
    case .application(let id, let isNew):
      Answer(.application(try shown(applications[Owned(tenant, id)]?.application)), isNew: isNew)
    case .codes(let id, let grants): .created(.codes(AddedCodes(couponID: id, codes: grants)))
    case .accessKey(let id, let secret):
      Answer(
        .accessKey(try shown(accessKeys[Owned(tenant, id)]), secret: secret), isNew: secret != nil)
    case .tenant(let id, let isNew): Answer(.tenant(try shown(tenants[id]?.tenant)), isNew: isNew)
    case .person(let pseudonym):
      .ok(.person(shownPerson(pseudonym, tenant)))
    case .entity(let isNew, let find):
      Answer(.entity(AnyEntity(try shown(find(self)))), isNew: isNew)
    case .inbox(let notes): .ok(.entity(AnyEntity(notes.outcome)))
    case .webhook(let notes): .ok(.entity(AnyEntity(notes.answer)))
    case .refused(let refusal): .refused(refusal)
    }
  }

  /// What is kept of an answer under its idempotency key; nil if it is not to be kept.
  public func kept(_ answer: Answer, of tenant: Tenant.ID) throws(StoreFailure) -> KeptForm? {
    if case .refused(let refusal) = answer, !refusal.isKept { return nil }
    return try AnswerForm(answer, in: self, of: tenant).kept
  }

  /// The answer to a command whose idempotency key was used for another request.
  public static var keyReused: Answer {
    .refused(
      Refusal(
        .idempotencyKeyReused,
        "The idempotency key was used for another request; use a new key for each request."))
  }

  /// The answer to a command that can't be decided, because something that is stored can't be understood.
  public static func unreadable(_ failure: StoreFailure) -> Answer { .refused(.unreadable(failure)) }

  private func shown<Value>(_ value: Value?) throws(StoreFailure) -> Value {
    guard let value else { throw .missingSubject }
    return value
  }
}

extension WorkingSet {
  /// Everything by which a person is named, as far as it is here.
  func shownPerson(_ pseudonym: UserID, _ tenant: Tenant.ID) -> ShownPerson {
    let own = Owned(tenant, pseudonym)
    let rows = ([own] + contacts(of: pseudonym, tenant)).compactMap { persons[$0] }
    return ShownPerson(
      pseudonym: pseudonym, userID: persons[own]?.userID,
      contacts: rows.compactMap(\.contact).map { ShownContact(address: $0.address.text, name: $0.name?.text) }
    )
  }
}

extension StoreFailure {
  /// What a command was about is not there after it.
  static var missingSubject: StoreFailure { .corrupt("what a reply is about is missing: it") }
}
