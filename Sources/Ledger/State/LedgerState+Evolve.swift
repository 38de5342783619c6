import struct Forms.StoredFormError
import struct Scrip.StreamID
import struct Scrip.Tenant

extension LedgerState {
  /// Appends what was decided to its streams and folds it, in the forms that are written: the only way in which a state
  /// changes.
  ///
  /// - Precondition: the streams' owners are loaded, or the facts create them.
  public mutating func append(
    _ facts: [(stream: StreamID, fact: any Fact<Self>)], of tenant: Tenant.ID, _ context: DecisionContext
  ) {
    var rest = facts[...]
    while let first = rest.first {
      let written = formerForm(of: rest, first.stream) ?? (first.fact, 1)
      append(written.form, to: first.stream, of: tenant, context)
      rest = rest.dropFirst(written.count)
    }
  }

  /// The form in which older programs can read the first facts; nil if that is today's, or there is none.
  private func formerForm(
    of facts: ArraySlice<(stream: StreamID, fact: any Fact<Self>)>, _ stream: StreamID
  ) -> (form: any Fact<Self>, count: Int)? {
    let former = Self.formerFacts
    if former.isEmpty || log.forms == .newest { return nil }
    let following = facts.prefix { $0.stream == stream }.map(\.fact)
    for kind in former where log.forms < kind.replacedAt {
      guard let said = kind.saying(following) else { continue }
      precondition((1...following.count).contains(said.count), "a form says facts that there are")
      return said
    }
    return nil
  }

  /// Appends a fact to its stream as it is, and folds it.
  ///
  /// - Precondition: the stream's owner is loaded, or the fact creates it.
  private mutating func append(
    _ fact: any Fact<Self>, to stream: StreamID, of tenant: Tenant.ID, _ context: DecisionContext
  ) {
    let head = head(of: stream, tenant) ?? .empty
    log.goOn(Owned(tenant, stream), from: head)
    let event = Event(
      tenant: tenant, stream: stream, sequence: head.sequence + 1, at: context.now, actor: context.actor,
      requestID: context.requestID, fact: fact)
    let chained = ChainedEvent(event, after: head)
    // What is accepted can be read back for ever. Release builds do not ask again.
    assert(Self.faultReadingBack(chained) == nil, Self.faultReadingBack(chained) ?? "")
    apply(chained, fact)
    fact.erase(from: &self, of: tenant)
  }

  /// Folds an event that is chained already: a new one, or one from the log when the tables are rebuilt.
  public mutating func apply(_ chained: ChainedEvent, _ fact: any Fact<Self>) {
    fact.fold(into: &self, at: chained.event.place)
    setHead(
      StreamHead(sequence: chained.event.sequence, hash: chained.hash), of: chained.event.stream,
      chained.event.tenant)
    log.events.append(chained)
  }

  /// Why a payload does not say exactly its fact; nil if it does: it reads as an equal fact, which is written with the
  /// same bytes.
  public static func faultReadingBack(_ chained: ChainedEvent) -> String? {
    let fact = chained.event.fact
    do throws(StoredFormError) {
      let again = try Self.fact(type: fact.name, payload: chained.payload, skippingEncoded: false)
      return again?.says(fact) == true && again?.payload() == chained.payload
        ? nil : "\(fact.name) reads back as something else"
    } catch {
      return error.description
    }
  }
}
