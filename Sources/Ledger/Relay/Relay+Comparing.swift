import JSON

import struct Forms.ShownEvent
import struct Scrip.Tenant

/// Events of a tenant that had arrived, and that the receiver no longer has although nobody took them away.
public struct RelayLoss: Hashable, Sendable {
  /// Whose.
  public let tenant: Tenant.ID
  /// Up to which position events had arrived.
  public let carried: Int64
  /// Up to which position the receiver still has them; 0 if that can't be told, and all are carried again.
  public let kept: Int64
}

extension Relay {
  /// Opens the carrier, and compares what its receiver has taken with what it had said before.
  ///
  /// Numbers of a receiver only rise: neither what it throws away by its own rules nor what operators take away makes them
  /// fewer. So if the last number is less than that of an event which it had taken, an older state of it was put back, or it
  /// was made anew. Every tenant is compared before anything is handed over, since numbers rise again with that.
  func open(_ claim: DueClaim, _ lease: inout RelayLease) async throws(DueFailure) {
    let last: Int64?
    do throws(CarrierFailure) { last = try await carrier.open() } catch { throw DueFailure(error.reason) }
    guard let last else { return }
    let places = try await onStore { [carrier] (store) throws(StoreFailure) in
      let cursors = try store.find(ProjectionCursors())
      return cursors.keys.filter { $0.value == RelayKey.mark(carrier.name) }.map { key in
        let cursor = cursors[Owned(key.tenant, RelayKey.cursor(carrier.name))]
        return (tenant: key.tenant, place: RelayPlace(cursor: cursor, mark: cursors[key]))
      }
    }
    for (tenant, place) in places.sorted(by: { $0.tenant < $1.tenant }) where place.number > last {
      var kept = place
      kept.position = try await positionKept(of: tenant, before: place)
      kept.number = last
      lease = try await renew(
        claim, moving: RelayMove(of: tenant, by: carrier.name, from: place, to: kept))
      notice(RelayLoss(tenant: tenant, carried: place.position, kept: kept.position))
    }
  }

  /// Up to where the receiver still has a tenant's events; 0 if that can't be told.
  private func positionKept(
    of tenant: Tenant.ID, before place: RelayPlace
  ) async throws(DueFailure) -> Int64 {
    let body: [UInt8]?
    do throws(CarrierFailure) { body = try await carrier.lastKept(of: tenant) } catch {
      throw DueFailure(error.reason)
    }
    guard let body, let (id, position) = identity(of: body), position <= place.position else { return 0 }
    let known = try await onStore { (store) throws(StoreFailure) in
      try store.shownEvents(EventFilter(tenant: tenant, after: position - 1, limit: 1)).first
    }
    guard let known, known.position == position else { return 0 }
    // What another store had called so is no place in this one.
    return CarriedEvent(known, of: tenant).id.utf8.elementsEqual(id.utf8) ? position : 0
  }

  private func identity(of body: [UInt8]) -> (id: String, position: Int64)? {
    do throws(JSONSyntaxError) {
      let event = try JSONDocument(parsing: body).root
      guard let id = JSONPointer("/id")?.find(in: event)?.string(),
        let position = JSONPointer("/position")?.find(in: event)?.string().flatMap({ Int64($0) }),
        position > 0
      else { return nil }
      return (id, position)
    } catch {
      // It is no event of ours.
      return nil
    }
  }
}
