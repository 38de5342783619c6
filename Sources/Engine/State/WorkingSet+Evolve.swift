import Scrip

extension WorkingSet {
  /// Appends a fact to its stream and folds it: the only way in which a working set changes.
  ///
  /// - Precondition: the stream's owner is loaded, or the fact creates it.
  mutating func append(
    _ fact: any EventFact, to stream: EventStream, of tenant: Tenant.ID, _ context: DecisionContext
  ) {
    let head = head(of: stream, tenant: tenant)
    log.goOn(Owned(tenant, stream), from: head)
    let event = Event(
      tenant: tenant, stream: stream, sequence: head.sequence + 1, at: context.now, actor: context.actor,
      requestID: context.requestID, fact: fact)
    apply(ChainedEvent(event, after: head))
  }

  /// Folds an event that is chained already: a new one, or one from the log when the tables are rebuilt.
  public mutating func apply(_ chained: ChainedEvent) {
    chained.event.fact.fold(into: &self, at: chained.event.place)
    setHead(
      StreamHead(sequence: chained.event.sequence, hash: chained.hash), of: chained.event.stream,
      tenant: chained.event.tenant)
    log.events.append(chained)
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
      if tenants[tenant] == nil { log.missing = "the tenant of an event" }
      tenants.count(tenant) { $0.head = head }
    case .coupon(let id):
      let key = Owned(tenant, id)
      if coupons[key] == nil { log.missing = "the coupon of an event" }
      coupons.count(key) { $0.head = head }
    }
  }
}
