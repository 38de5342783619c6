import struct Forms.StoredFormError
import enum Scrip.Actor

/// An event of the log whose fact is understood, so that it can be folded.
public struct Understood<State: LedgerState>: Sendable {
  /// The event in its chain.
  public let chained: ChainedEvent
  /// Its fact.
  public let fact: any Fact<State>
}

extension LedgerState {
  /// Understands a stored event.
  ///
  /// - Throws: `StoreFailure`, of kind `schema` for a fact that only a newer version of this program knows, of kind
  ///   `corrupt` for one that can't be understood.
  /// - Parameters:
  ///   - known: its fact, if that is known already.
  ///   - skippingEncoded: leaves out parts of the fact that are kept as they are encoded.
  public static func understand(
    _ stored: StoredEvent, as known: (any Fact<Self>)? = nil, skippingEncoded: Bool = false
  ) throws(StoreFailure) -> Understood<Self> {
    let envelope = stored.envelope
    guard let actor = Actor(stored: envelope.actor) else {
      throw StoreFailure(kind: .corrupt, message: "event \(stored.position) names no actor")
    }
    let found: (any Fact<Self>)?
    do throws(StoredFormError) {
      if let known {
        found = known
      } else {
        found = try fact(type: envelope.type, payload: stored.payload, skippingEncoded: skippingEncoded)
      }
    } catch {
      throw StoreFailure(kind: .corrupt, message: "event \(stored.position): \(error)")
    }
    guard let fact = found else {
      throw StoreFailure(
        kind: .schema,
        message:
          "event \(stored.position) is of type \(envelope.type), which this version does not know: "
          + "a newer version of this program is needed to fold the log")
    }
    let event = Event(
      tenant: envelope.tenant, stream: envelope.stream, sequence: envelope.sequence, at: envelope.at,
      actor: actor, requestID: envelope.requestID, fact: fact)
    return Understood(
      chained: ChainedEvent(event: event, payload: stored.payload, hash: stored.hash), fact: fact)
  }
}

extension KeyRequest {
  /// Asks for what events change.
  public init<State: LedgerState>(folding events: [Understood<State>]) where State.Request == Self {
    self.init()
    for event in events {
      let place = event.chained.event.place
      tenants.insert(place.tenant)
      addOwner(of: place.stream, place.tenant)
      event.fact.addNeeds(to: &self, of: place.tenant)
    }
  }
}
