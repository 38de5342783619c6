/// Reads the members of one object by name and remembers which were asked for.
///
/// Members may come in any order; reading them in the order in which clients usually write them is fastest.
///
/// ```swift
/// let line = reader.required("line")?.object { line -> Line? in
///   let id = line.required("id")?.string(maxLength: 64)
///   let quantity = line.optional("quantity")?.int64(in: 1...1_000)
///   guard let id else { return nil }
///   return Line(id: id, quantity: quantity ?? 1)
/// }
/// ```
public struct ObjectReader: ~Copyable {
  @usableFromInline let collector: FieldErrorCollector
  private let tape: Tape
  @usableFromInline let index: Int
  private let end: Int

  /// Where the search for the next name begins: after the member found last.
  private var cursor: Int
  private var ordinal = 0

  private var asked: UInt64 = 0
  private var askedLater: [Int] = []
  private var askedCount = 0
  private var ignoresUnknown = false
  private var refusesUnknown = false

  @usableFromInline
  init(collector: FieldErrorCollector, index: Int, end: Int) {
    self.collector = collector
    tape = collector.tape
    self.index = index
    self.end = end
    cursor = index + 1
  }

  /// The number of members, known or not.
  public var count: Int { tape.count(ofContainerAt: index) }

  /// Whether an error has been recorded anywhere in the text so far.
  public var hasErrors: Bool { !collector.errors.isEmpty }

  /// Whether members that nobody asks for are passed over in the whole text: it is one that this program wrote itself.
  public var ignoresUnknownMembers: Bool { collector.ignoresUnknownMembers }

  /// The object itself as a value, to record an error at it or to read it in another way.
  public var value: ValueReader { ValueReader(collector: collector, index: index) }

  /// The member with a name; if it is missing, that is recorded. A `null` is handed on as it is.
  @inlinable
  public mutating func required(_ name: StaticString) -> ValueReader? {
    if let found = find(name) { return ValueReader(collector: collector, index: found) }
    refuse(name, .required, "is required")
    return nil
  }

  /// The member with a name; nil without an error if it is missing or `null`.
  @inlinable
  public mutating func optional(_ name: StaticString) -> ValueReader? {
    guard let found = findUnlessNull(name) else { return nil }
    return ValueReader(collector: collector, index: found)
  }

  /// The member with a name, `null` included; nil without an error if it is missing.
  @inlinable
  public mutating func present(_ name: StaticString) -> ValueReader? {
    guard let found = find(name) else { return nil }
    return ValueReader(collector: collector, index: found)
  }

  /// Records an error of the caller's own at a member, which need not be there.
  public func refuse(_ name: StaticString, _ code: String, _ message: String) {
    collector.record(code, at: index, member: "\(name)", message)
  }

  /// Records an error at a member, which need not be there.
  public func refuse(_ name: StaticString, _ code: FieldError.Code, _ message: String) {
    collector.record(code, at: index, member: "\(name)", message)
  }

  /// Accepts members that nobody asks for: for texts whose authors may add to them, such as webhooks.
  public mutating func ignoreUnknownMembers() { ignoresUnknown = true }

  /// Refuses members that nobody asks for even where the text may hold some: for objects that mean something else if one
  /// of their members is passed over.
  public mutating func refuseUnknownMembers() { refusesUnknown = true }

  @usableFromInline
  mutating func findUnlessNull(_ name: StaticString) -> Int? {
    guard let found = find(name), tape.tag(at: found) != Tag.null else { return nil }
    return found
  }

  @usableFromInline
  mutating func find(_ name: StaticString) -> Int? {
    let (begun, ordinalBegun) = (cursor, ordinal)
    while cursor < end {
      let key = cursor
      step()
      if tape.isText(at: key, name) { return found(key) }
    }
    return findFromStart(name, before: begun, ordinalBegun)
  }

  /// Looks at the members before the one where a search has begun. The next one begins there again: a member that may be
  /// left out often is, and those behind it have still not been looked at.
  private mutating func findFromStart(
    _ name: StaticString, before begun: Int, _ ordinalBegun: Int
  ) -> Int? {
    cursor = index + 1
    ordinal = 0
    while cursor < begun {
      let key = cursor
      step()
      if tape.isText(at: key, name) { return found(key) }
    }
    (cursor, ordinal) = (begun, ordinalBegun)
    return nil
  }

  @inline(__always)
  private mutating func step() {
    cursor = tape.index(after: cursor + 1)
    ordinal += 1
  }

  /// Marks the member before the cursor as asked for, and returns the index of its value.
  @inline(__always)
  private mutating func found(_ key: Int) -> Int {
    let position = ordinal - 1
    if position < UInt64.bitWidth {
      if asked & 1 << position == 0 { askedCount += 1 }
      asked |= 1 << position
    } else if !askedLater.contains(position) {
      askedLater.append(position)
      askedCount += 1
    }
    return key + 1
  }

  /// Records every member that nobody asked for.
  @usableFromInline
  func finish() {
    guard askedCount < count else { return }
    var askedKeys: [Int] = []
    forEachKey { key, isAsked in if isAsked { askedKeys.append(key) } }
    forEachKey { key, isAsked in
      guard !isAsked, !collector.isFull else { return }
      let value = ValueReader(collector: collector, index: key + 1)
      if askedKeys.contains(where: { tape.isSameText(at: $0, as: key) }) {
        value.refuseDuplicate()
      } else if refusesUnknown || !(ignoresUnknown || collector.ignoresUnknownMembers) {
        value.refuse(.unknownField, "is not known here")
      } else if !ignoresUnknown {
        collector.hasIgnoredMembers = true
      }
    }
  }

  private func forEachKey(_ body: (_ key: Int, _ isAsked: Bool) -> Void) {
    var key = index + 1
    var position = 0
    while key < end {
      let isAsked = position < UInt64.bitWidth ? asked & 1 << position != 0 : askedLater.contains(position)
      body(key, isAsked)
      key = tape.index(after: key + 1)
      position += 1
    }
  }
}

extension JSONDocument {
  /// Reads the text as one object; see ``ObjectReader``.
  ///
  /// The closure returns nil only after something has been recorded as wrong.
  /// - Throws: everything that was recorded, even if the closure returned a value.
  @inlinable
  public func read<Value>(_ read: (inout ObjectReader) -> Value?) throws(JSONDecodingErrors) -> Value {
    try readValue { $0.object(read) }
  }

  /// Reads the text as one value of any kind; see ``ValueReader``.
  ///
  /// The closure returns nil only after something has been recorded as wrong.
  /// - Parameter ignoringUnknownMembers: passes over members that nobody asks for, in every object of the text: for what
  ///   a newer version of the program may have written. A member that was asked for and occurs again stays an error.
  /// - Throws: everything that was recorded, even if the closure returned a value.
  @inlinable
  public func readValue<Value>(
    ignoringUnknownMembers: Bool = false, _ read: (ValueReader) -> Value?
  ) throws(JSONDecodingErrors) -> Value {
    try readValue(FieldErrorCollector(document: self, ignoresUnknownMembers: ignoringUnknownMembers), read)
  }

  /// Reads the text as one value of any kind, passes over members that nobody asks for, and says whether there were any.
  ///
  /// - Parameter skippingEncoded: does not look at parts that are kept as they are encoded.
  @inlinable
  public func readKnownMembers<Value>(
    skippingEncoded: Bool = false, _ read: (ValueReader) -> Value?
  ) throws(JSONDecodingErrors) -> (value: Value, isWhole: Bool) {
    let collector = FieldErrorCollector(
      document: self, ignoresUnknownMembers: true, skipsEncoded: skippingEncoded)
    let value = try readValue(collector, read)
    return (value, !collector.hasIgnoredMembers)
  }

  @inlinable
  func readValue<Value>(
    _ collector: FieldErrorCollector, _ read: (ValueReader) -> Value?
  ) throws(JSONDecodingErrors) -> Value {
    let value = read(ValueReader(collector: collector, index: 1))
    try collector.throwErrors()
    guard let value else { preconditionFailure("A reader returned nil without recording what is wrong.") }
    return value
  }
}
