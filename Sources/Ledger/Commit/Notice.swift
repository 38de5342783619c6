import struct Scrip.ExactText

/// Something that has happened and that operators are to know of, besides whoever has asked for it.
public struct Notice: Hashable, Sendable {
  /// What it is called.
  public typealias Kind = ExactText<Notice>

  /// What has happened.
  public let kind: Kind
  /// In which event.
  public let place: EventPlace

  /// Makes a notice.
  public init(kind: Kind, place: EventPlace) {
    self.kind = kind
    self.place = place
  }
}
