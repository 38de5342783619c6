import Digest
import Outgoing
import Synchronization

@testable import Payments

/// A Stripe that gives answers one after the other, and remembers what it was asked. The last one stays.
final class StripeDouble: Sendable {
  enum Reply: Sendable {
    case answer(Int, String, [(name: String, value: String)])
    case failure(OutgoingFailure)
  }

  private let replies: Mutex<[Reply]>
  private let asked = Mutex<[HTTPCall]>([])
  private let waited = Mutex<[Duration]>([])

  init(_ replies: [Reply]) { self.replies = Mutex(replies) }

  var calls: [HTTPCall] { asked.withLock { $0 } }
  var pauses: [Duration] { waited.withLock { $0 } }

  func provider(_ retries: RetryPolicy = RetryPolicy()) throws -> StripeProvider {
    let settings = try StripeSettings(secretKey: SecretText("sk_test_1"), retries: retries)
    return StripeProvider(
      settings,
      StripeProvider.Surroundings(
        send: { [self] call throws(OutgoingFailure) in try reply(to: call) },
        wait: { [self] pause in waited.withLock { $0.append(pause) } }, random: { 0 }))
  }

  private func reply(to call: HTTPCall) throws(OutgoingFailure) -> HTTPAnswer {
    asked.withLock { $0.append(call) }
    switch replies.withLock({ $0.count > 1 ? $0.removeFirst() : $0[0] }) {
    case .answer(let status, let body, let headers):
      return HTTPAnswer(status: status, headers: headers, body: Array(body.utf8))
    case .failure(let failure): throw failure
    }
  }
}

extension StripeDouble.Reply {
  static func answer(_ status: Int, _ body: String = "{}") -> StripeDouble.Reply { .answer(status, body, []) }

  static func error(
    _ status: Int, type: String = "", code: String = "", decline: String = "",
    _ headers: [(name: String, value: String)] = []
  ) -> StripeDouble.Reply {
    let members = [
      ("type", type), ("code", code), ("decline_code", decline), ("message", "A sentence of Stripe's."),
    ]
    .filter { !$0.1.isEmpty }.map { #""\#($0.0)": "\#($0.1)""# }
    return .answer(status, #"{"error": {\#(members.joined(separator: ", "))}}"#, headers)
  }
}
