import JSON
import Scrip

extension Event.Fact {
  /// The fact as the event log keeps it, under the type `name`. Equal facts give equal bytes, which are hashed.
  public func payload() -> [UInt8] {
    JSONWriter.bytes(capacity: 1024 + (agreement?.encodedLength ?? 0)) { write(to: &$0) }
  }

  private func write(to writer: inout JSONWriter) {
    if case .keyCreated(let key) = self {
      key.writeStored(to: &writer)
      return
    }
    writer.beginObject()
    writeMembers(to: &writer)
    writer.endObject()
  }

  private func writeMembers(to writer: inout JSONWriter) {
    switch self {
    case .tenantCreated(let name, let settings):
      writer.member("name", name)
      writer.member("settings", settings)
    case .tenantSettingsChanged(let settings): writer.member("settings", settings)
    case .keyCreated: preconditionFailure("a key is written by itself, because its hash is secret")
    case .keyRevoked(let id): writer.member("id", id)
    case .couponCreated(let terms): writer.member("terms", terms)
    case .couponUpdated(let version, let terms):
      writer.member("version", version)
      writer.member("terms", terms)
    case .couponActivated, .couponArchived: break
    case .couponDisabled(let reason, let revokesLocks):
      writer.member("reason", reason)
      writer.member("revokes_locks", revokesLocks)
    case .codesAdded(let grants): writer.member("codes", grants)
    case .couponApplied(let applied): applied.writeMembers(to: &writer)
    case .couponRejected(let rejection):
      writer.member("order_id", rejection.orderID)
      writer.member("code", rejection.code)
      writer.member("reason", rejection.reason)
    case .couponRedeemed(let redeemed):
      redeemed.usage.writeMembers(to: &writer)
      writer.member("relocked", redeemed.wasRelocked)
    case .couponReleased(let released):
      released.usage.writeMembers(to: &writer)
      writer.member("cause", released.cause)
      writer.member("reason", released.reason)
    case .lockExtended(let usage, let expiresAt):
      usage.writeMembers(to: &writer)
      writer.member("expires_at", expiresAt)
    case .usageRepriced(let usage, let amount, let agreement):
      usage.writeMembers(to: &writer)
      writer.member("amount", amount)
      writer.member("agreement", agreement)
    }
  }
}

extension AppliedUsage {
  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.member("application_id", applicationID)
    writer.member("order_id", orderID)
    writer.member("expires_at", expiresAt)
    writer.key("usage")
    writer.object { writer in
      usage.writePublicMembers(to: &writer)
      writer.key("counters")
      writer.array { writer in for counter in usage.counters { writer.string(counter.stored) } }
    }
    writer.member("agreement", agreement)
  }
}

extension UsageReference {
  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.member("application_id", applicationID)
    writer.member("usage_id", usageID)
    writer.member("order_id", orderID)
  }
}

extension Event.Fact {
  /// The agreement that the fact carries, which is most of its form.
  private var agreement: Agreement? {
    switch self {
    case .couponApplied(let applied): applied.agreement
    case .usageRepriced(_, amount: _, let agreement): agreement
    default: nil
    }
  }
}

extension Agreement {
  /// How many bytes the encoded parts of its snapshot have.
  fileprivate var encodedLength: Int { snapshot.quote.count + snapshot.basis.count }
}

extension Agreement: JSONWritable {
  /// The agreed amounts with the whole snapshot.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("buyer", buyer?.stored)
    writer.member("currency", currency)
    writer.member("discount", discount)
    writer.member("total", total)
    writer.rawMember("quote", snapshot.quote)
    writer.rawMember("basis", snapshot.basis)
    writer.endObject()
  }
}
