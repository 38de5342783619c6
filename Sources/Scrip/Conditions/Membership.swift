/// Names of which one is to be there, or none, whatever they name.
///
/// Looking one up takes the same time however many there are. The order in which they were written is kept.
public struct NameSet: Hashable, Sendable {
  /// A name of something.
  public typealias Name = ExactText<Named.Anything>

  /// Whether one of the names is to be there; none is, otherwise.
  public let isIn: Bool
  private let storage: Storage

  /// Makes a set of names, of which repetitions are kept as they were written.
  public init(_ list: [Name], isIn: Bool) {
    self.isIn = isIn
    storage = Storage(list)
  }

  /// The names in the order in which they were written.
  public var list: [Name] { storage.list }

  // Behind one reference, since rules are copied with every look at them.
  private final class Storage: Sendable {
    let list: [Name]
    let index: Set<Name>

    init(_ list: [Name]) {
      self.list = list
      index = list.count > fewNames ? Set(list) : []
    }

    func contains(_ name: Name) -> Bool {
      list.count > fewNames ? index.contains(name) : list.contains(name)
    }
  }

  /// Judges one value; nil is one that nobody said. With an empty list nothing is open.
  func judge(_ value: Name?) -> Truth {
    if storage.list.isEmpty { return Truth(!isIn) }
    guard let value else { return .unknown }
    return Truth(storage.contains(value) == isIn)
  }

  /// Judges several values together.
  func judge(any values: [ExactText<some Any>]?) -> Truth {
    if storage.list.isEmpty { return Truth(!isIn) }
    guard let values else { return .unknown }
    return Truth(values.contains { storage.contains(Name($0.text)) } == isIn)
  }
}

// Comparing so many is no slower than hashing one.
private let fewNames = 8

extension NameSet {
  /// Two sets are the same if they were written in the same way.
  public static func == (left: NameSet, right: NameSet) -> Bool {
    left.isIn == right.isIn && (left.storage === right.storage || left.list == right.list)
  }

  /// Hashes what was written.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(isIn)
    hasher.combine(list)
  }
}

/// Membership in a set of names, or absence from it. Of a value that nobody said nothing is known, unless the set is
/// empty.
public struct Membership<Subject>: Hashable, Sendable, OperandValue {
  private let names: NameSet

  private init(_ list: [ExactText<Subject>], isIn: Bool) {
    names = NameSet(list.map { NameSet.Name($0.text) }, isIn: isIn)
  }

  /// The value, or one of the values, is in the list.
  public static func isIn(_ list: [ExactText<Subject>]) -> Self { Self(list, isIn: true) }

  /// No value is in the list.
  public static func isNotIn(_ list: [ExactText<Subject>]) -> Self { Self(list, isIn: false) }

  /// The names of an operand.
  public init?(_ operand: Operand) {
    guard case .names(let names) = operand else { return nil }
    self.names = names
  }

  /// As names; a kind of condition may be narrower.
  public static var form: OperandForm { .names }
  /// The names as an operand.
  public var operand: Operand { .names(names) }

  /// Judges one value; nil is one that nobody said.
  func judge(_ value: ExactText<Subject>?) -> Truth { names.judge(value.map { NameSet.Name($0.text) }) }

  /// Judges several values together, of which none may be said to be there; nil where nobody said which there are.
  func judge(any values: [ExactText<Subject>]?) -> Truth { names.judge(any: values) }

  /// Judges a cart's lines together: that some are in the list, or that none is.
  func judge(lines: [Cart.Line], _ judgeOne: (Membership, borrowing Cart.Line) -> Truth) -> Truth {
    names.isIn
      ? lines.indices.someOne { judgeOne(self, lines[$0]) }
      : lines.indices.everyOne { judgeOne(self, lines[$0]) }
  }
}
