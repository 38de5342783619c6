import JSON
import Scrip

extension Allocation: ObjectForm, JSONWritable {
  /// `Allocation`
  public static let formName = "Allocation"

  /// What falls on one line or charge of the request's cart.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ allocation: Allocation?
  ) -> Allocation? {
    let target = walk.required("path", allocation?.target, TargetForm())
    let id = walk.either(
      ("line_id", allocation?.lineID, .name(LineID.self)),
      ("shipping_id", allocation?.targetID, .name(LineID.self)))
    let amount = walk.required("amount", allocation?.amount, .integer())
    let units = walk.required("units", allocation?.units, UnitRunsForm())
    guard let target, let id, let amount, let units else { return nil }
    return Allocation(target: target, targetID: id.value, amount: amount, units: units)
  }

  private var lineID: LineID? {
    switch target {
    case .line: targetID
    case .shipping: nil
    }
  }
}

extension Either where First == Second {
  /// Whichever it is.
  fileprivate var value: First {
    switch self {
    case .first(let value), .second(let value): value
    }
  }
}

/// A JSONPath expression of a line or a charge; the usual ones are made once.
private struct TargetForm: ValueForm {
  private static let lines = (0..<64).map { "$.cart.lines[\($0)]" }
  private static let charges = (0..<20).map { "$.cart.shipping[\($0)]" }

  func read(_ value: ValueReader) -> Allocation.Target? {
    value.parsed(maxLength: TextLimit.short, as: "the path of a line or charge") { path in
      if let index = index(in: path, after: "$.cart.lines[") { return .line(index) }
      return index(in: path, after: "$.cart.shipping[").map(Allocation.Target.shipping)
    }
  }

  func write(_ target: Allocation.Target, to writer: inout JSONWriter) {
    switch target {
    case .line(let index):
      writer.string(index < Self.lines.count ? Self.lines[index] : "$.cart.lines[\(index)]")
    case .shipping(let index):
      writer.string(index < Self.charges.count ? Self.charges[index] : "$.cart.shipping[\(index)]")
    }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string"] }

  private func index(in path: String, after prefix: String) -> Int? {
    guard path.hasPrefix(prefix), path.hasSuffix("]") else { return nil }
    return Int(path.dropFirst(prefix.count).dropLast())
  }
}

/// Equal units next to one another are one run: `[{"count":2,"amount":200}]`.
private struct UnitRunsForm: ValueForm {
  private let runs = ListForm(element: NestedForm<UnitRuns.Run>(), counts: 0...Int.max)

  func read(_ value: ValueReader) -> UnitRuns? { runs.read(value).map { UnitRuns($0) } }

  func write(_ units: UnitRuns, to writer: inout JSONWriter) {
    writer.beginArray()
    for run in units { run.write(to: &writer) }
    writer.endArray()
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let list = runs.schema(&walk)
    return walk.reference("Units") {
      list.with(
        "description",
        "The amount of each unit, as runs of equal ones: units that are next to one another and have the same amount."
      )
    }
  }
}

extension UnitRuns.Run: ObjectForm {
  /// `UnitRun`
  public static let formName = "UnitRun"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ run: UnitRuns.Run?
  ) -> UnitRuns.Run? {
    let count = walk.required("count", run?.count, .integer(1, to: Money.minorUnitsMax))
    let amount = walk.required("amount", run?.amount, .integer())
    guard let count, let amount else { return nil }
    return UnitRuns.Run(count: count, amount: amount)
  }
}
