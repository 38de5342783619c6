import CNATS
import Ledger
import Synchronization

/// What a broker has said of the messages of a connection. The library calls from threads of its own, perhaps after the
/// connection has ended, so it knows a number and no address.
final class NATSWords: Sendable {
  /// The header with a message's identifier.
  static let identifier = "Nats-Msg-Id"

  private struct Word {
    var reason: String?
    var isOutOfOrder = false
    var number: UInt64 = 0
  }

  private static let all = Mutex<(last: Int, words: [Int: NATSWords])>((0, [:]))

  /// By which the library knows it.
  let number: Int
  private let said = Mutex<[String: Word]>([:])

  init() {
    number = NATSWords.all.withLock { all in
      all.last += 1
      return all.last
    }
    NATSWords.all.withLock { $0.words[number] = self }
  }

  /// Forgets what was said before.
  func begin() { said.withLock { $0.removeAll(keepingCapacity: true) } }

  /// Hears no more.
  func end() { NATSWords.all.withLock { $0.words[number] = nil } }

  func hasArrived(_ id: String) -> Bool { said.withLock { $0[id].map { $0.reason == nil } ?? false } }

  /// Which place in the stream a message has that has arrived.
  func number(of id: String) -> Int64 { said.withLock { Int64(clamping: $0[id]?.number ?? 0) } }

  /// Why a message was not taken; nil if nothing was said of it.
  func failure(of id: String) -> CarrierFailure? {
    said.withLock { $0[id] }.flatMap { word in
      word.reason.map {
        word.isOutOfOrder
          ? CarrierFailure("somebody else has written to the stream, or has changed it: \($0)", about: .order)
          : CarrierFailure("the broker refuses the event \(id): \($0)", about: .event)
      }
    }
  }

  /// Called by the library for each message that was sent; the message is then ours to destroy.
  static let take: jsPubAckHandler = { _, message, acknowledgement, failure, closure in
    defer { unsafe natsMsg_Destroy(message) }
    let number = Int(bitPattern: closure)
    guard let words = NATSWords.all.withLock({ $0.words[number] }) else { return }
    var text = unsafe UnsafePointer<CChar>?.none
    guard unsafe natsMsgHeader_Get(message, NATSWords.identifier, &text) == NATS_OK, let id = unsafe text
    else { return }
    var word = Word()
    if unsafe acknowledgement == nil {
      word.reason = "no reason was given"
      if let failure = unsafe failure {
        let text = unsafe failure.pointee.ErrText ?? natsStatus_GetText(failure.pointee.Err)
        word.reason = unsafe text.map { unsafe String(cString: $0) }
        let code = unsafe failure.pointee.ErrCode
        word.isOutOfOrder = code == JSStreamWrongLastMsgIDErr || code == JSStreamWrongLastSequenceErr
      }
    } else if let acknowledgement = unsafe acknowledgement {
      word.number = unsafe acknowledgement.pointee.Sequence
    }
    let (key, said) = (unsafe String(cString: id), word)
    words.said.withLock { $0[key] = said }
  }
}
