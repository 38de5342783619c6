import Scrip

/// Counters in one column: each is its length in bytes, a colon and its stored form, `6:i:u:425:b:EUR`. Lengths
/// instead of separators, because a user id may hold any character.
public func storedText(of counters: [UsageCounter]) -> String {
  var text = ""
  for counter in counters {
    let stored = counter.stored
    text += "\(stored.utf8.count):\(stored)"
  }
  assert(readsBack(text, counters), "counters that are written can be read back")
  return text
}

private func readsBack(_ text: String, _ counters: [UsageCounter]) -> Bool {
  do throws(StoredFormError) { return try usageCounters(stored: text) == counters } catch { return false }
}

/// Reads what `storedText(of:)` wrote.
public func usageCounters(stored text: String) throws(StoredFormError) -> [UsageCounter] {
  var counters: [UsageCounter] = []
  var rest = Substring(text).utf8
  while !rest.isEmpty {
    guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), let count = Int(Substring(rest[..<colon])),
      count >= 0, let end = rest.index(colon, offsetBy: count + 1, limitedBy: rest.endIndex),
      let stored = String(rest[rest.index(after: colon)..<end]), let counter = UsageCounter(stored: stored)
    else { throw StoredFormError(form: "usage counters", faults: ["malformed after \(counters.count)"]) }
    counters.append(counter)
    rest = rest[end...]
  }
  return counters
}
