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
  if weights.count == 1, weights[0] > 0 { return [amount] }
  var total: Int64 = 0
  for weight in weights {
    precondition(weight >= 0, "a weight is a magnitude")
    total += weight
  }
  guard amount != 0 else { return [Int64](repeating: 0, count: weights.count) }
  precondition(amount > 0 && total > 0, "an amount needs a weight to rest on")

  var parts = [Int64](repeating: 0, count: weights.count)
  var remainders = [Int64](repeating: 0, count: weights.count)
  var left = amount
  for index in weights.indices {
    let product = amount.multipliedFullWidth(by: weights[index])
    let (share, remainder) = total.dividingFullWidth(product)
    parts[index] = share
    remainders[index] = remainder
    left -= share
  }
  guard left > 0 else { return parts }
  if left == 1 {
    // One pass finds the single largest remainder; the first of equals wins.
    var best = 0
    for index in remainders.indices where remainders[index] > remainders[best] { best = index }
    parts[best] += 1
    return parts
  }
  let order = remainders.indices.sorted { left, right in
    remainders[left] != remainders[right] ? remainders[left] > remainders[right] : left < right
  }
  for index in order.prefix(Int(left)) { parts[index] += 1 }
  return parts
}
