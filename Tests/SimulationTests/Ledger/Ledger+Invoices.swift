/// What becomes of invoices.
extension Ledger {
  func bill(_ name: Name) -> Int? { billing.bills.firstIndex { $0.name == name } }

  /// What coupons of an association take off invoices that were not voided, one of them left out.
  func deductions(of association: Int, without bill: Int? = nil) -> [Deduction] {
    billing.bills.indices.filter { $0 != bill && billing.bills[$0].state != .voided }
      .flatMap { billing.bills[$0].price.applied }.filter { $0.origin == .association(association) }
  }

  mutating func draft(_ name: Name, _ told: BillContent, expected: Int?) -> Verdict {
    let index = bill(name)
    let old = index.map { billing.bills[$0] }
    if let last = old?.content.revision, let revision = told.revision, revision < last { return .done }
    var content = told
    content.date = told.date ?? old?.content.date ?? now
    content.revision = told.revision ?? old?.content.revision
    if let old, old.state != .draft {
      content.customer = told.customer ?? old.content.customer
      content.revision = old.content.revision
      return content == old.content ? .done : .refused("invoice_\(old.state)")
    }
    if let old, old.content.subscription != told.subscription { return .refused("invoice_exists") }
    if let subscription = told.subscription {
      content.customer = told.customer ?? billing.subscriptions[subscription].plan.customer
    }
    var (price, taken) = price(content, index)
    if let expected, expected != price.discount { return .refused("discount_changed") }
    let kept = Set(price.applied.compactMap(\.use))
    for use in (old?.price.applied ?? []).compactMap(\.use) where !kept.contains(use) {
      uses[use].state = .released
    }
    for place in price.applied.indices {
      guard case .named(let number) = price.applied[place].origin, price.applied[place].use == nil else {
        continue
      }
      price.applied[place].use = uses.count
      if let use = taken[number] { uses.append(use) }
    }
    for use in price.applied.compactMap(\.use) where !kept.contains(use) { audit(use) }
    guard let index else {
      billing.bills.append(Bill(name: name, content: content, price: price))
      return .made
    }
    billing.bills[index].content = content
    billing.bills[index].price = price
    return .done
  }

  mutating func finalize(_ name: Name, expected: Int?) -> Verdict {
    guard let index = bill(name) else { return .refused("invoice_not_found") }
    if billing.bills[index].state == .voided { return .refused("invoice_voided") }
    if let expected, expected != billing.bills[index].price.total { return .refused("total_changed") }
    billing.bills[index].state = .finalized
    return .done
  }

  mutating func void(_ name: Name, isGivingBack: Bool) -> Verdict {
    guard let index = bill(name) else { return .refused("invoice_not_found") }
    if billing.bills[index].state == .voided { return .done }
    billing.bills[index].state = .voided
    for deduction in billing.bills[index].price.applied {
      if let use = deduction.use { uses[use].state = .released }
      guard isGivingBack, case .association(let association) = deduction.origin else { continue }
      if billing.associations[association].isGivenBack || !deductions(of: association).isEmpty { continue }
      end(association, isGivingBack: true)
    }
    return .done
  }
}

/// Calendars, told day by day.
extension Ledger {
  /// The moment so many months later: the same day of the month, or its last one.
  static func later(_ moment: Int, months: Int) -> Int {
    let day = (moment >= 0 ? moment : moment - 86_399) / 86_400
    // The first days of months before and after 2026-11-01, by which days are counted.
    var firsts = [0]
    var (year, month) = (2026, 11)
    while firsts.count < 24 {
      (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1)
      firsts.insert(firsts[0] - length(of: month, year), at: 0)
    }
    (year, month) = (2026, 11)
    while firsts.count < 24 + 60 + months {
      firsts.append(firsts[firsts.count - 1] + length(of: month, year))
      (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
    }
    let place = (firsts.firstIndex { $0 > day } ?? 1) - 1
    let last = firsts[place + months + 1] - firsts[place + months] - 1
    return (firsts[place + months] + min(day - firsts[place], last)) * 86_400 + (moment - day * 86_400)
  }

  private static func length(of month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
