/// What the metrics show of projections.
struct ProjectionGauges: Sendable {
  let lagSeconds: @Sendable () -> Double
  let stopped: @Sendable () -> Int

  func write(to output: inout Exposition) {
    output.family(
      "scrip_projection_lag_seconds", "gauge",
      "How old the oldest event is that is to be added up and is not yet.")
    output.sample("scrip_projection_lag_seconds", [], lagSeconds())
    output.family(
      "scrip_projection_stopped", "gauge",
      "Projections of tenants that can't go on, because something can't be read.")
    output.sample("scrip_projection_stopped", [], stopped())
  }
}
