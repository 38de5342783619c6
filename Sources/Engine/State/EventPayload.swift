import Scrip

enum EventPayload {
  static func encode(_ fact: Event.Fact) -> [UInt8] { Array(fact.name.utf8) }
}
