import JSON
import Scrip

extension UnitRuns: JSONWritable {
  /// The units as `[{"count":2,"amount":200}]`.
  public func write(to writer: inout JSONWriter) {
    writer.array { writer in
      for run in self {
        writer.object { writer in
          writer.member("count", run.count)
          writer.member("amount", run.amount)
        }
      }
    }
  }

  init?(stored value: ValueReader) {
    let runs = value.array(max: Int.max) { run in
      run.object { (object: inout ObjectReader) -> Run? in
        let count = object.required("count") { $0.int64(in: 1...Money.minorUnitsMax) }
        let amount = object.required("amount") { $0.int64() }
        guard let count, let amount else { return nil }
        return Run(count: count, amount: amount)
      }
    }
    guard let runs else { return nil }
    self.init(runs)
  }
}
