import Forms
import JSON
import Scrip

/// Where the parts of a shop's messages stand.
extension Samples {
  mutating func inboxMapping() -> InboxMapping {
    var mapping = InboxMapping()
    mapping.type = pointer()
    mapping.orderID = pointer()
    mapping.codes = pointer()
    mapping.codeMember = pointer()
    mapping.amounts = pick(InboxMapping.Amounts.allCases)
    mapping.withoutRoom = pick(WithoutRoom.allCases)
    mapping.customer.whole = pointer()
    mapping.types[.orderPaid] = pick([[], ["paid"], ["orders/paid", "päid"]])
    if pick([true, false]) {
      var override = InboxOverride()
      override.orderID = pointer()
      override.refund = InboxRefundMapping()
      override.refund?.amount = pointer()
      override.refund?.amountMember = pointer()
      override.refund?.status = pick([nil, "ok"])
      mapping.overrides[pick([.orderRefunded, .orderPaid])] = override
    }
    return mapping
  }

  private mutating func pointer() -> JSONPointer {
    guard let pointer = JSONPointer(pick(["", "/data/id", "/a~1b/0/m~0n", "/äöü//x"])) else {
      preconditionFailure("these are pointers")
    }
    return pointer
  }
}
