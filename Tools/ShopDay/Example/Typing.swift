import SampleShop

/// How people type codes: in lower case, with spaces, and wrong.
enum Typing {
  /// A code as somebody might type it.
  static func typed(_ code: String, _ random: inout SeededRandom) -> String {
    var text = random.happens(perMille: 60) ? mistyped(code, &random) : code
    if random.happens(perMille: 350) { text = text.lowercased() }
    if random.happens(perMille: 60) { text = " \(text)" }
    if random.happens(perMille: 80) { text += " " }
    return text
  }

  private static func mistyped(_ code: String, _ random: inout SeededRandom) -> String {
    var letters = Array(code)
    let place = random.below(letters.count - 1)
    switch random.below(5) {
    case 0: letters.swapAt(place, place + 1)
    case 1: letters.remove(at: place + 1)
    case 2: letters.insert(letters[place], at: place)
    case 3: letters.append("!")
    // Cyrillic, as it comes from a keyboard that was not switched back.
    default: letters[place] = "А"
    }
    return String(letters)
  }
}
