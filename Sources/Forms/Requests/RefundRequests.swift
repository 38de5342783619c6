import JSON
import Scrip

/// What is to be given back of a paid order.
public struct RefundOrderRequest {
  /// Units of a line.
  public struct Line {
    /// The line.
    public var id: LineID
    /// How many of its units, or which.
    public var units: RefundRequest.Units
  }

  /// The units, by line.
  public var lines: [Line]
  /// Money of shipping charges.
  public var charges: [Refund.Charge]
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension RefundOrderRequest: RequestForm {
  /// `RefundRequest`
  public static let formName = "RefundRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"lines": [{"line_id": "l1", "quantity": 1}], "shipping": [{"shipping_id": "s1", "amount": 500}], "reason": "damaged"}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: RefundOrderRequest?
  ) -> RefundOrderRequest? {
    let lines = walk.member(
      "lines", request?.lines, else: [],
      .distinct(.objects(Line.self, 0...500), by: { $0.id }, at: "line_id", "stands twice in the refund"))
    let charges = walk.member(
      "shipping", request?.charges, else: [],
      .distinct(
        .objects(Refund.Charge.self, 0...20), by: { $0.id }, at: "shipping_id", "stands twice in the refund"))
    let reason = walk.optional("reason", request?.reason, .text(0...200))
    guard let lines, let charges, let reason else { return nil }
    if lines.isEmpty, charges.isEmpty {
      walk.refuse("lines", .invalidValue, "must name units, unless shipping names money")
      return nil
    }
    return RefundOrderRequest(lines: lines, charges: charges, reason: reason)
  }
}

extension RefundOrderRequest.Line: ObjectForm {
  /// `RefundRequestLine`
  public static let formName = "RefundRequestLine"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ line: Self?) -> Self? {
    let id = walk.required("line_id", line?.id, .name(LineID.self))
    let units = walk.either(
      ("quantity", line?.units.count, .integer(1, to: 10_000)),
      ("units", line?.units.places, UnitSetForm(rangesMin: 1, rangesMax: 1000)))
    guard let id, let units else { return nil }
    switch units {
    case .first(let count): return Self(id: id, units: .count(count))
    case .second(let places): return Self(id: id, units: .these(places))
    }
  }
}

extension RefundRequest.Units {
  fileprivate var count: Int64? { if case .count(let count) = self { count } else { nil } }

  fileprivate var places: UnitSet? { if case .these(let places) = self { places } else { nil } }
}
