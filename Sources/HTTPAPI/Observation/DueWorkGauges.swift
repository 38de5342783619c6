import Ledger

/// What the metrics show of due work.
struct DueWorkGauges: Sendable {
  let counts: @Sendable () -> DueCounts.Numbers
  let lateSeconds: @Sendable () -> Double

  func write(to output: inout Exposition, failed: [DueWork.Kind: Int]) {
    let counts = counts()
    output.family("scrip_due_work", "gauge", "Work of all tenants that is due, claimed or parked.")
    for (state, count) in [("due", counts.due), ("leased", counts.leased), ("parked", counts.parked)] {
      output.sample("scrip_due_work", [("state", state)], count)
    }
    output.family(
      "scrip_due_work_late_seconds", "gauge",
      "For how long the work that has waited longest could have been claimed.")
    output.sample("scrip_due_work_late_seconds", [], lateSeconds())
    output.family("scrip_due_work_failures_total", "counter", "Tries of due work that failed, by its kind.")
    for (kind, count) in failed.sorted(by: { $0.key < $1.key }) {
      output.sample("scrip_due_work_failures_total", [("kind", kind.text)], count)
    }
  }
}
