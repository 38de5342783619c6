/// Splits an amount over weights by the largest-remainder method (Hamilton), exactly.
///
/// Each part gets the whole part of its true share; what is left goes, one minor unit each, to the largest
/// remainders, ties to the lower index. The parts sum to the amount, none is more than one minor unit away from
/// its true share, a zero weight gets nothing, and while `amount` is at most the sum of the weights no part
/// exceeds its weight. 1000 over 3333, 3333, 3334 gives 333, 333, 334.
///
/// - Precondition: amount and weights are not negative; the weights' sum fits into 64 bits and is above zero
///   unless the amount is zero.
public func allocate(_ amount: Int64, over weights: [Int64]) -> [Int64] {
  allocate(amount, over: weights[...])
}

func allocate(_ amount: Int64, over weights: ArraySlice<Int64>) -> [Int64] {
  precondition(amount >= 0, "only magnitudes are allocated")
  if weights.count == 1, let weight = weights.first, weight > 0 { return [amount] }
  var total: Int64 = 0
  for weight in weights {
    precondition(weight >= 0, "a weight is a magnitude")
    total += weight
  }
  guard amount != 0 else { return [Int64](repeating: 0, count: weights.count) }
  precondition(total > 0, "an amount needs a weight to rest on")

  var parts: [Int64] = []
  parts.reserveCapacity(weights.count)
  var left = amount
  var largest = (index: 0, remainder: Int64(0))
  for weight in weights {
    let (share, remainder) = trueShare(of: amount, weight: weight, total: total)
    if remainder > largest.remainder { largest = (parts.count, remainder) }
    parts.append(share)
    left -= share
  }
  if left == 1 {
    parts[largest.index] += 1
  } else if left > 1 {
    for index in indicesByRemainder(amount, weights: weights, total: total).prefix(Int(left)) {
      parts[index] += 1
    }
  }
  return parts
}

private func trueShare(of amount: Int64, weight: Int64, total: Int64) -> (whole: Int64, remainder: Int64) {
  let (product, overflow) = amount.multipliedReportingOverflow(by: weight)
  let division =
    overflow
    ? total.dividingFullWidth(amount.multipliedFullWidth(by: weight))
    : product.quotientAndRemainder(dividingBy: total)
  return (division.quotient, division.remainder)
}

private func indicesByRemainder(_ amount: Int64, weights: ArraySlice<Int64>, total: Int64) -> [Int] {
  let remainders = weights.map { trueShare(of: amount, weight: $0, total: total).remainder }
  return remainders.indices.sorted { left, right in
    remainders[left] != remainders[right] ? remainders[left] > remainders[right] : left < right
  }
}
