import CommandLineClient
import JSON
import Ledger
import Promotions
import Scrip

extension Verb {
  /// Relays: who carries events out of the house, and how far. They open the store themselves, beside a running service.
  static let relays: [Verb] = [
    Verb(
      "relay status", [],
      "show how far events were carried to the broker or into the file, and what is in the way",
      flags: Flag.folder + [.toggle("json", "Print JSON for machines instead of tables for people.")],
      run: RelayVerbs.status),
    Verb(
      "relay rewind", ["RELAY"], "have events carried again",
      details: """
        RELAY is nats or file, as 'scrip relay status' names it. Receivers know what they have had by each event's id, \
        which stays as it is; a broker gets the events under other message ids, so that it takes them again. A relay \
        that runs takes notice by itself.
        """,
      flags: Flag.folder + [
        .value("after", "POSITION", usual: "0", "Again from behind this position on."),
        .value("tenant", "N", "Only events of this tenant."),
      ], run: RelayVerbs.rewind),
  ]
}

/// What the verbs about relays do.
enum RelayVerbs {
  @Sendable static func status(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let statuses = try withStore { () throws(StoreFailure) in try RelayStatus.all(in: opened.store) }
    if try invocation.isOn("json") {
      for status in statuses { console.print(status.json.text) }
      return
    }
    if statuses.isEmpty {
      console.print("No relay was ever started here: 'scrip serve --nats' or '--relay-file'. docs/events.md")
      return
    }
    var table = Table(
      "relay", "state", ">tenants behind", ">positions behind", ">waiting s", ">attempts", "reason")
    for status in statuses {
      table.add(
        status.name.text, status.work.state == .leased ? "running" : "waiting", String(status.tenantsBehind),
        String(status.positionsBehind), String(status.waitingSeconds), String(status.attempts),
        (status.reason ?? "").printable)
    }
    console.print(table.text)
  }

  @Sendable static func rewind(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let name = ProjectionName(try invocation.operand(0, "RELAY"))
    guard let after = Int64(try invocation.required("after")), after >= 0 else {
      throw .usage("--after must be a position: 0 or more.")
    }
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let store = opened.store
    let known = try withStore { () throws(StoreFailure) in try RelayStatus.works(in: store) }
    guard known.contains(where: { $0.name == name }) else {
      throw .declined(
        code: "relay_not_found",
        detail:
          "There is no relay '\(name.text.printable)'; there are: \(known.map(\.name.text).joined(separator: ", "))."
      )
    }
    let all = try withStore { () throws(StoreFailure) in try store.tenantIDs() }
    let tenants =
      try invocation["tenant"].map { text throws(ToolError) in
        [try KeepingVerbs.tenant(text, "--tenant")]
      } ?? all
    var count = 0
    for tenant in tenants {
      let isMoved = try withStore { () throws(StoreFailure) in
        try store.rewind(tenant, name, to: after)
      }
      if isMoved { count += 1 }
    }
    console.print("\(name.text): events of \(count) tenants are carried again from behind \(after) on.")
  }
}

/// How a relay stands.
private struct RelayStatus {
  let name: ProjectionName
  let work: DueEntry
  var tenantsBehind = 0
  /// By how far the cursors are behind: at most as many events, since positions are those of all tenants.
  var positionsBehind: Int64 = 0
  /// For how long the oldest event has waited.
  var waitingSeconds: Int64 = 0

  /// Whether what failed is over.
  var past = false

  var attempts: Int64 { past ? 0 : work.attempts }
  var reason: String? { past ? nil : work.reason }

  /// The relays that were ever started.
  static func works(in store: any PromotionStore) throws(StoreFailure) -> [(
    name: ProjectionName, work: DueEntry
  )] {
    try store.find(DueWorkOfTenant(tenant: .house, limit: 1000)).compactMap { work in
      RelayKey.carrier(of: work.key.value).map { (name: $0, work: work) }
    }
  }

  static func all(in store: any PromotionStore) throws(StoreFailure) -> [RelayStatus] {
    var statuses: [RelayStatus] = []
    for (name, work) in try works(in: store) {
      var status = RelayStatus(name: name, work: work)
      let cursor = RelayKey.cursor(name)
      for tenant in try store.find(TenantsBehind(cursor, version: RelayKey.version)) {
        let position = try store.cursor(Owned(tenant, cursor))?.position ?? 0
        let first = try store.shownEvents(EventFilter(tenant: tenant, after: position, limit: 1)).first
        // What has not settled yet waits for nobody.
        guard let first else { continue }
        let last = try store.find(LastPosition(of: tenant))
        status.tenantsBehind += 1
        status.positionsBehind += max(0, last - max(position, first.position - 1))
        let waited = (store.now.microseconds - (first.at ?? store.now).microseconds) / 1_000_000
        status.waitingSeconds = max(status.waitingSeconds, waited)
      }
      // What failed before everything arrived is of no use to anybody.
      if status.tenantsBehind == 0, work.state == .leased { status.past = true }
      statuses.append(status)
    }
    return statuses
  }

  var json: JSONText {
    .object([
      ("relay", .string(name.text)), ("running", .bool(work.state == .leased)),
      ("tenants_behind", .integer(Int64(tenantsBehind))), ("positions_behind", .integer(positionsBehind)),
      ("waiting_seconds", .integer(waitingSeconds)), ("attempts", .integer(attempts)),
      ("reason", reason.map(JSONText.string) ?? .null),
    ])
  }
}

extension Store {
  /// Puts a relay's cursor back to the last event of its tenant up to a position; false if it is not behind that.
  fileprivate func rewind(
    _ tenant: Tenant.ID, _ carrier: ProjectionName, to position: Int64
  ) throws(StoreFailure) -> Bool {
    let last = try positionOfLastEvent(of: tenant, upTo: position)
    // A relay that carries moves it at the same time.
    for _ in 0..<100 {
      let place = try relayPlace(of: tenant, by: carrier)
      guard place.position > position else { return false }
      let again = RelayPlace(position: last, number: place.number, generation: place.generation + 1)
      do throws(StoreFailure) {
        try transaction { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
          try transaction.move(RelayMove(of: tenant, by: carrier, from: place, to: again))
        }
        return true
      } catch {
        guard error.code == StoreFailure.claimLost.code else { throw error }
      }
    }
    throw .claimLost
  }

  /// The position of a tenant's last event that is not behind a position; 0 if there is none. Halves the way.
  private func positionOfLastEvent(of tenant: Tenant.ID, upTo position: Int64) throws(StoreFailure) -> Int64 {
    var (low, high) = (Int64(0), position)
    while low < high {
      let middle = low + (high - low + 1) / 2
      let next = try shownEvents(EventFilter(tenant: tenant, after: middle - 1, limit: 1)).first?.position
      if let next, next <= position {
        low = next
      } else {
        high = middle - 1
      }
    }
    return low
  }
}
