import CPostgres
import Ledger
import Promotions

/// A pipeline on its way: what was sent, and which answer is due next.
struct RoundTrip {
  enum Due {
    case preparation(step: Int)
    case rows(step: Int)
  }

  let connection: PostgresConnection
  private var handle: ConnectionHandle { connection.handle }
  var due: [Due] = []
  /// How many of what is due has been answered.
  private var answered = 0
  private var isSynchronized = false
  private var rows: [ResultRows] = []
  private var failure: StoreFailure?

  init(connection: PostgresConnection) { self.connection = connection }

  /// How many bytes are given to libpq before the socket has taken them: it moves what is left after each write.
  private static let unsentBytesMax = 1 << 16

  mutating func run(_ pipeline: Pipeline, _ deadline: Deadline) throws(StoreFailure) -> [ResultRows] {
    rows.reserveCapacity(pipeline.steps.count)
    var unsentBytes = 0
    for index in pipeline.steps.indices {
      unsentBytes += try send(index, of: pipeline)
      if unsentBytes > RoundTrip.unsentBytesMax {
        try exchange(pipeline, deadline, untilSent: true)
        unsentBytes = 0
      }
    }
    guard unsafe PQpipelineSync(handle.raw) == 1 else { throw handle.lost() }
    try exchange(pipeline, deadline, untilSent: false)
    if let failure { throw failure }
    return rows
  }

  /// Sends and takes in until everything is sent, or until everything is answered.
  ///
  /// It always does both: a server that can't get rid of its answers stops reading.
  private mutating func exchange(
    _ pipeline: Pipeline, _ deadline: Deadline, untilSent: Bool
  ) throws(StoreFailure) {
    while true {
      let isPending = try handle.sendPending()
      while !isSynchronized, answered < due.count || !untilSent, handle.hasResult {
        take(handle.nextResult(), pipeline)
        guard handle.isUsable else { throw failure ?? handle.lost() }
      }
      if untilSent ? !isPending : isSynchronized { return }
      let events = isPending ? SocketPoll.readable | SocketPoll.writable : SocketPoll.readable
      do throws(StoreFailure) {
        try handle.wait(for: events, until: deadline, statement: dueText(pipeline))
      } catch { throw failure ?? error }
      if !handle.takeIn() { throw lost(pipeline) }
    }
  }

  /// What the server said before it hung up is still there to be read.
  private mutating func lost(_ pipeline: Pipeline) -> StoreFailure {
    while failure == nil, answered < due.count, handle.isHungUp { take(handle.nextResult(), pipeline) }
    let reason = handle.lost(statement: dueText(pipeline))
    return failure ?? reason
  }

  /// The statement whose answer is due; nil if it is the end of the pipeline.
  private func dueText(_ pipeline: Pipeline) -> String? {
    guard answered < due.count else { return nil }
    switch due[answered] {
    case .preparation(let step), .rows(let step): return pipeline.steps[step].sql.description
    }
  }

  private mutating func take(_ result: QueryResult?, _ pipeline: Pipeline) {
    guard let result else {
      answered += 1
      return
    }
    switch unsafe PQresultStatus(result.raw) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      if answered < due.count, case .rows = due[answered] { rows.append(ResultRows(result)) }
    case PGRES_PIPELINE_SYNC: isSynchronized = true
    case PGRES_PIPELINE_ABORTED: forgetPreparation(pipeline)
    case PGRES_FATAL_ERROR:
      forgetPreparation(pipeline)
      failure = failure ?? result.failure(statement: dueText(pipeline))
      if result.endsConnection { handle.abandon() }
    default:
      let reason = handle.lost("a pipeline can't copy", statement: dueText(pipeline))
      failure = failure ?? reason
    }
  }

  /// What was to be prepared is not.
  private func forgetPreparation(_ pipeline: Pipeline) {
    guard answered < due.count, case .preparation(let step) = due[answered] else { return }
    connection.prepared[pipeline.steps[step].key] = nil
  }
}
