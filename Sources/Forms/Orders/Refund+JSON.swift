import JSON
import Scrip

/// Some of a line's units: ranges of their places, which are counted from 0 on.
public struct UnitSetForm: ValueForm {
  private let ranges: ListForm<NestedForm<Range<Int64>>>
  private let areApart: Bool

  /// Ranges of any number.
  public init() { self.init(rangesMin: 0, rangesMax: Int.max, areApart: false) }

  /// So many ranges, which name no unit twice.
  init(rangesMin: Int, rangesMax: Int) {
    self.init(rangesMin: rangesMin, rangesMax: rangesMax, areApart: true)
  }

  private init(rangesMin: Int, rangesMax: Int, areApart: Bool) {
    ranges = ListForm(element: NestedForm(), counts: rangesMin...rangesMax, noun: "range")
    self.areApart = areApart
  }

  /// Reads some.
  public func read(_ value: ValueReader) -> UnitSet? {
    guard let ranges = ranges.read(value) else { return nil }
    let units = UnitSet(ranges)
    let named = ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) }
    if !areApart || units.count == named { return units }
    value.refuse(.invalidValue, "must not name a unit twice")
    return nil
  }

  /// Writes some.
  public func write(_ units: UnitSet, to writer: inout JSONWriter) { ranges.write(units.ranges, to: &writer) }

  /// Describes some.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { ranges.schema(&walk) }
}

extension Range: ObjectForm where Bound == Int64 {
  /// `UnitRange`
  public static var formName: String { "UnitRange" }

  /// Places of units, from the first one on.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ range: Range<Int64>?
  ) -> Range<Int64>? {
    let first = walk.required(
      "first", range?.lowerBound, .integer(0, to: 9_999), "The place of the first one, counted from 0.")
    let count = walk.required("count", range.map { $0.upperBound - $0.lowerBound }, .integer(1, to: 10_000))
    guard let first, let count else { return nil }
    return first..<(first + count)
  }
}

extension Refund: ObjectForm, JSONWritable {
  /// `Refund`
  public static let formName = "Refund"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ refund: Refund?) -> Refund? {
    let amount = walk.required(
      "amount", refund?.amount, .amount(), "What is to be given back, in minor units.")
    let lines = walk.required("lines", refund?.lines, .objects(Refund.Line.self))
    let charges = walk.required("shipping", refund?.charges, .objects(Refund.Charge.self))
    guard amount != nil, let lines, let charges else { return nil }
    return Refund(lines: lines, charges: charges)
  }
}

extension Refund.Line: ObjectForm {
  /// `RefundedLine`
  public static let formName = "RefundedLine"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ line: Refund.Line?
  ) -> Refund.Line? {
    let id = walk.required("line_id", line?.id, .name(LineID.self))
    let units = walk.required("units", line?.units, UnitSetForm())
    let amount = walk.required("amount", line?.amount, .amount())
    guard let id, let units, let amount else { return nil }
    return Refund.Line(id: id, units: units, amount: amount)
  }
}

extension Refund.Charge: ObjectForm {
  /// `RefundedCharge`
  public static let formName = "RefundedCharge"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ charge: Refund.Charge?
  ) -> Refund.Charge? {
    let id = walk.required("shipping_id", charge?.id, .name(LineID.self))
    let amount = walk.required("amount", charge?.amount, .amount())
    guard let id, let amount else { return nil }
    return Refund.Charge(id: id, amount: amount)
  }
}

extension ReturnedParts: ObjectForm, JSONWritable {
  /// `ReturnedParts`
  public static let formName = "ReturnedParts"

  /// Lines and charges, each by its id.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ parts: ReturnedParts?
  ) -> ReturnedParts? {
    let lines = parts?.lines.sorted { $0.key < $1.key }.map { ReturnedLine(id: $0.key, units: $0.value) }
    let charges = parts?.charges.sorted { $0.key < $1.key }.map {
      Refund.Charge(id: $0.key, amount: $0.value)
    }
    let readLines = walk.required("lines", lines, .objects(ReturnedLine.self))
    let readCharges = walk.required("shipping", charges, .objects(Refund.Charge.self))
    guard let readLines, let readCharges else { return nil }
    return ReturnedParts(
      lines: Dictionary(readLines.map { ($0.id, $0.units) }, uniquingKeysWith: { $0.union($1) }),
      charges: Dictionary(readCharges.map { ($0.id, $0.amount) }, uniquingKeysWith: +))
  }
}

/// The units of a line that were given back.
private struct ReturnedLine: ObjectForm {
  static let formName = "ReturnedLine"

  let id: LineID
  let units: UnitSet

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ line: ReturnedLine?) -> ReturnedLine? {
    let id = walk.required("line_id", line?.id, .name(LineID.self))
    let units = walk.required("units", line?.units, UnitSetForm())
    guard let id, let units else { return nil }
    return ReturnedLine(id: id, units: units)
  }
}
