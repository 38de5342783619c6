import CPostgres
import Glibc
import Ledger
import Promotions

extension ConnectionHandle {
  /// Opens a connection to the first host that takes it. Each host gets its share of the time that is left.
  static func open(
    _ address: PostgresAddress, _ deadline: Deadline, wakeUp: WakeUp?
  ) throws(StoreFailure) -> ConnectionHandle {
    var left = address.hosts.count
    for host in address.hosts.dropLast() {
      let share = Deadline.after(milliseconds: deadline.remainingMilliseconds / left)
      left -= 1
      do throws(StoreFailure) {
        return try open(address.url, host, share, wakeUp: wakeUp)
      } catch {
        guard error.kind == .unavailable else { throw error }
      }
    }
    return try open(address.url, address.hosts.last ?? ConnectionOptions([:]), deadline, wakeUp: wakeUp)
  }

  private static func open(
    _ url: String, _ host: ConnectionOptions, _ deadline: Deadline, wakeUp: WakeUp?
  ) throws(StoreFailure) -> ConnectionHandle {
    // What stands before the URL may be overruled by it; what stands behind it overrules the URL. Trying Kerberos
    // costs every connection a look for tickets, so only a URL that asks for it gets it.
    let options =
      [
        ("gssencmode", "disable"), ("application_name", "scrip"), ("dbname", url),
        ("client_encoding", "UTF8"),
      ]
      + host.values.map { ($0.key, $0.value) }
    guard let raw = unsafe start(options) else {
      throw .postgres("53200", "libpq has no memory for a connection", kind: .unavailable)
    }
    let handle = unsafe ConnectionHandle(raw, wakeUp: wakeUp)
    // Asks for the SQLSTATE, which libpq gives nowhere else before the connection is open.
    unsafe PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
    // What the server remarks would go to standard error.
    unsafe PQsetNoticeReceiver(raw, { _, _ in }, nil)
    try handle.complete(deadline)
    unsafe PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
    guard unsafe PQsetnonblocking(raw, 1) == 0, unsafe PQenterPipelineMode(raw) == 1 else {
      throw handle.lost()
    }
    return handle
  }

  private static func start(_ options: [(String, String)]) -> OpaquePointer? {
    var keywords = unsafe options.map { unsafe UnsafePointer(strdup($0.0)) }
    var values = unsafe options.map { unsafe UnsafePointer(strdup($0.1)) }
    defer {
      unsafe (keywords + values).forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) }
    }
    unsafe keywords.append(nil)
    unsafe values.append(nil)
    return unsafe PQconnectStartParams(keywords, values, 1)
  }

  /// Does what libpq asks for until the connection is open.
  private func complete(_ deadline: Deadline) throws(StoreFailure) {
    var next = unsafe PQstatus(raw) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
    while next != PGRES_POLLING_OK {
      guard next != PGRES_POLLING_FAILED else { throw failureToConnect() }
      let events = next == PGRES_POLLING_READING ? SocketPoll.readable : SocketPoll.writable
      switch poll(for: events, until: deadline) {
      case .ready: next = unsafe PQconnectPoll(raw)
      case .deadlinePassed: throw .postgres("08001", "\(place) did not answer in time")
      case .wokenUp: throw .postgres("08001", "the waiting was ended")
      }
    }
  }

  private var place: String {
    let host = unsafe PQhost(raw).map { unsafe String(cString: $0) } ?? "the server"
    let port = unsafe PQport(raw).map { unsafe String(cString: $0) } ?? ""
    return host + (port.isEmpty ? "" : ":" + port)
  }

  private func failureToConnect() -> StoreFailure {
    let words = unsafe PQerrorMessage(raw).map { unsafe String(cString: $0) } ?? ""
    return .failureToConnect(words)
  }
}

extension StoreFailure {
  /// Reads libpq's words about a connection that could not be opened. Several attempts leave a line each, the last one
  /// counts; the lines between them are details. What the server answered looks like
  /// `connection to server at "::1", port 5432 failed: FATAL:  3D000: database "x" does not exist`.
  static func failureToConnect(_ words: String) -> StoreFailure {
    let lines = words.split(separator: "\n")
    guard let line = lines.last(where: { $0.hasPrefix("connection to server") }) ?? lines.first else {
      return .postgres("08001", "the connection could not be opened")
    }
    for start in line.indices where line[start...].hasPrefix(":  ") {
      let rest = line[start...].dropFirst(3)
      let sqlState = rest.prefix(5)
      let isSQLState = sqlState.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
      if isSQLState, rest.dropFirst(5).hasPrefix(": ") { return .postgres(String(sqlState), String(line)) }
    }
    return .postgres("08001", String(line))
  }
}
