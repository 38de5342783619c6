/// How a run of a program ends: the one place where exit codes are decided.
package enum ExitCode: Int32, CaseIterable {
  case ok = 0
  case refused = 1
  case usage = 2
  case unavailable = 3
  case notAllowed = 4
  case checkFailed = 5
  case failure = 70
  /// What shells show for a program that a broken pipe has ended.
  case readerGone = 141

  /// What the code means, as help says it.
  package var meaning: String {
    switch self {
    case .ok: "done"
    case .refused: "refused: an expected answer of the service, such as a limit that is reached"
    case .usage: "the command line or its input is wrong"
    case .unavailable: "the service is unreachable or overloaded; trying again is safe"
    case .notAllowed: "the key is unknown, or not allowed to do this"
    case .checkFailed: "a check found something wrong (audit, rebuild, a shop's day)"
    case .failure: "the service or the store broke"
    case .readerGone: "nobody reads the answer any more, as with: scrip events | head"
    }
  }

  /// The code for an answer of the service that is no success.
  package init(status: Int) {
    switch status {
    case 401, 403: self = .notAllowed
    case 400, 405, 413, 414, 415: self = .usage
    case 429, 502, 503, 504: self = .unavailable
    case 500...: self = .failure
    default: self = .refused
    }
  }
}

/// Why a run ended early. Each kind has its exit code and says itself to people.
package enum ToolError: Error {
  /// The command line or a file given to it is wrong.
  case usage(String)
  /// The service said no.
  case refused(ReceivedProblem)
  /// The service did not answer.
  case unreachable(String)
  /// The store said no to a command.
  case declined(code: String, detail: String)
  /// The service said no to a part of what it was asked for.
  case partlyRefused(String)
  /// A check found something; what it found was printed.
  case checkFailed(String)
  /// The store or the system broke.
  case failure(String)

  /// How the run ends.
  package var exitCode: ExitCode {
    switch self {
    case .usage: .usage
    case .refused(let problem): problem.code == "invalid_request" ? .usage : ExitCode(status: problem.status)
    case .unreachable: .unavailable
    case .declined, .partlyRefused: .refused
    case .checkFailed: .checkFailed
    case .failure: .failure
    }
  }

  /// What people are told, without the word `error`.
  package var message: String {
    switch self {
    case .usage(let text), .unreachable(let text), .partlyRefused(let text), .checkFailed(let text),
      .failure(let text):
      text
    case .refused(let problem): problem.sentences
    case .declined(let code, let detail): "\(detail) (\(code))"
    }
  }
}
