import Scrip

/// What will become of locks, the earliest first; what is due at one moment, in the order in which it was put in.
struct PendingEndings {
  /// The end of a lock, or what comes after it.
  struct Ending {
    let at: Instant
    let signal: FraudSignal
    let traits: [FraudTrait]
  }

  private var heap: [(ending: Ending, number: Int)] = []
  private var count = 0

  mutating func add(_ ending: Ending) {
    heap.append((ending, count))
    count += 1
    var place = heap.count - 1
    while place > 0, comes(place, before: (place - 1) / 2) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// The next one that is due at a moment.
  mutating func next(until moment: Instant) -> Ending? {
    guard let first = heap.first, first.ending.at <= moment else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var place = 0
    while true {
      let earliest = [place * 2 + 1, place * 2 + 2].filter { $0 < heap.count }
        .min { comes($0, before: $1) }
      guard let earliest, comes(earliest, before: place) else { return first.ending }
      heap.swapAt(place, earliest)
      place = earliest
    }
  }

  private func comes(_ left: Int, before right: Int) -> Bool {
    (heap[left].ending.at, heap[left].number) < (heap[right].ending.at, heap[right].number)
  }
}
