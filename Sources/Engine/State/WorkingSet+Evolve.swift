import Scrip

extension WorkingSet {
  /// Appends a fact to its stream and folds it: the only way in which a working set changes.
  ///
  /// - Precondition: the stream's owner is loaded, or the fact creates it.
  mutating func append(
    _ fact: Event.Fact, to stream: EventStream, of tenant: Tenant.ID, _ context: DecisionContext
  ) {
    let head = head(of: stream, tenant: tenant)
    changes.goOn(Owned(tenant, stream), from: head)
    let event = Event(
      tenant: tenant, stream: stream, sequence: head.sequence + 1, at: context.now, actor: context.actor,
      requestID: context.requestID, fact: fact)
    apply(ChainedEvent(event, after: head))
  }

  /// Folds an event that is chained already: a new one, or one from the log when the tables are rebuilt.
  public mutating func apply(_ chained: ChainedEvent) {
    evolve(chained.event)
    keepTerms(of: chained)
    setHead(
      StreamHead(sequence: chained.event.sequence, hash: chained.hash), of: chained.event.stream,
      tenant: chained.event.tenant)
    changes.events.append(chained)
  }

  private mutating func keepTerms(of chained: ChainedEvent) {
    guard let form = chained.terms, case .coupon(let id) = chained.event.stream else { return }
    let tenant = chained.event.tenant
    guard let version = coupons[Owned(tenant, id)]?.coupon.version else { return }
    changes.keep(form, of: Owned(tenant, VersionKey(couponID: id, version: version)))
  }

  private func head(of stream: EventStream, tenant: Tenant.ID) -> StreamHead {
    switch stream {
    case .tenant: tenants[tenant]?.head ?? .empty
    case .coupon(let id): coupons[Owned(tenant, id)]?.head ?? .empty
    }
  }

  private mutating func setHead(_ head: StreamHead, of stream: EventStream, tenant: Tenant.ID) {
    switch stream {
    case .tenant:
      if tenants[tenant] == nil { return changes.missing = "the tenant of an event" }
      tenants[tenant]?.head = head
      changes.tenants.insert(tenant)
    case .coupon(let id):
      if coupons[Owned(tenant, id)] == nil { return changes.missing = "the coupon of an event" }
      coupons[Owned(tenant, id)]?.head = head
      changes.coupons.insert(Owned(tenant, id))
    }
  }

  /// State and event in, next state out.
  private mutating func evolve(_ event: Event) {
    let tenant = event.tenant
    switch event.fact {
    case .tenantCreated(let name, let settings):
      tenants[tenant] = TenantRecord(tenant: Tenant(id: tenant, name: name, settings: settings), head: .empty)
    case .tenantSettingsChanged(let settings):
      tenants[tenant]?.tenant.settings = settings
    case .keyCreated(let key):
      accessKeys[Owned(tenant, key.id)] = key
      changes.newAccessKeys.append(Owned(tenant, key.id))
      if key.role == .admin { adminKeyCounts[tenant, default: 0] += 1 }
    case .keyRevoked(let id):
      accessKeys[Owned(tenant, id)]?.revokedAt = event.at
      changes.accessKeys.insert(Owned(tenant, id))
      if accessKeys[Owned(tenant, id)]?.role == .admin { adminKeyCounts[tenant, default: 0] -= 1 }
    case .couponRejected:
      break
    default:
      guard case .coupon(let couponID) = event.stream else {
        preconditionFailure("a coupon's fact is in its stream")
      }
      evolveCoupon(Owned(tenant, couponID), event)
    }
  }

  private mutating func evolveCoupon(_ key: Owned<Coupon.ID>, _ event: Event) {
    switch event.fact {
    case .couponCreated(let terms): create(key, terms, at: event.at)
    case .couponUpdated(let version, let terms):
      // Locks that are pinned to the replaced version may be decided in the same batch.
      if let replaced = coupons[key]?.coupon {
        versions[Owned(key.tenant, VersionKey(couponID: key.value, version: replaced.version))] =
          replaced.terms
      }
      coupons[key]?.coupon.version = version
      coupons[key]?.coupon.terms = terms
      coupons[key]?.coupon.updatedAt = event.at
      changes.newVersions[Owned(key.tenant, VersionKey(couponID: key.value, version: version))] = terms
    case .couponActivated: set(.active, revokesLocks: false, key, at: event.at)
    case .couponDisabled(_, let revokesLocks): set(.disabled, revokesLocks: revokesLocks, key, at: event.at)
    case .couponArchived: set(.archived, revokesLocks: false, key, at: event.at)
    case .codesAdded(let grants): add(grants, to: key)
    default: evolveUsage(key, event)
    }
  }

  private mutating func create(_ key: Owned<Coupon.ID>, _ terms: CouponTerms, at moment: Instant) {
    coupons[key] = CouponRecord(
      coupon: Coupon(
        id: key.value, state: .draft, version: 1, terms: terms, createdAt: moment, updatedAt: moment),
      head: .empty)
    changes.newVersions[Owned(key.tenant, VersionKey(couponID: key.value, version: 1))] = terms
  }

  private mutating func set(
    _ state: Coupon.State, revokesLocks: Bool, _ key: Owned<Coupon.ID>, at moment: Instant
  ) {
    coupons[key]?.coupon.state = state
    coupons[key]?.coupon.revokesLocks = revokesLocks
    if revokesLocks { coupons[key]?.coupon.revocations += 1 }
    coupons[key]?.coupon.updatedAt = moment
  }

  private mutating func add(_ grants: [CodeGrant], to key: Owned<Coupon.ID>) {
    codedCoupons[key] = true
    for grant in grants {
      let code = Owned(key.tenant, grant.code)
      // A log may give a code to its coupon twice, if the row was gone in between: what uses it still does.
      let used = codes[code].flatMap { $0.couponID == key.value ? $0.used : nil } ?? 0
      codes[code] = CodeRecord(couponID: key.value, grant: grant, used: used)
      changes.addCode(code)
      noteSkeleton(of: grant, key.tenant)
    }
  }

  /// A generated code stands before given ones, and any of them before one that an archived coupon has left.
  private mutating func noteSkeleton(of grant: CodeGrant, _ tenant: Tenant.ID) {
    let skeleton = grant.code.skeleton
    for key in codesOfPattern.keys where key.tenant == tenant && key.value.matches(skeleton) {
      codesOfPattern[key, default: 0] += 1
    }
    if !grant.isGenerated, let holder = codeRecord(of: skeleton, tenant),
      coupons[Owned(tenant, holder.couponID)]?.coupon.state != .archived
    {
      return
    }
    codeOfSkeleton[Owned(tenant, skeleton)] = grant.code
  }
}
