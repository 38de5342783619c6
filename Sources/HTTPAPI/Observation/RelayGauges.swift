import Ledger

/// What the metrics show of relays.
struct RelayGauges: Sendable {
  let relays: [(name: ProjectionName, standing: @Sendable () -> RelayNumbers)]

  func write(to output: inout Exposition) {
    if relays.isEmpty { return }
    let now = wallClock()
    let standings = relays.map { (name: $0.name, numbers: $0.standing()) }
    output.family("scrip_relay_held", "gauge", "Whether this node has the relay: one node at a time does.")
    for (name, numbers) in standings {
      output.sample("scrip_relay_held", [("relay", name.text)], numbers.isHolding ? 1 : 0)
    }
    output.family("scrip_relay_events_total", "counter", "Events that this node has carried.")
    for (name, numbers) in standings {
      output.sample("scrip_relay_events_total", [("relay", name.text)], numbers.carried)
    }
    output.family(
      "scrip_relay_losses_total", "counter",
      "How often the receiver was found to have lost events of a tenant, which were carried again.")
    for (name, numbers) in standings {
      output.sample("scrip_relay_losses_total", [("relay", name.text)], numbers.losses)
    }
    output.family(
      "scrip_relay_lag_seconds", "gauge",
      "How old the oldest event is that this node is to carry and has not yet; 0 where another node has the relay."
    )
    for (name, numbers) in standings {
      let waited = numbers.oldest.map { Double(now.microseconds - $0.microseconds) / 1e6 } ?? 0
      output.sample("scrip_relay_lag_seconds", [("relay", name.text)], max(0, waited))
    }
  }
}
