import JSON
import Scrip

extension Customer: ObjectForm, JSONWritable {
  /// The form of snapshots: identity keys as they are stored, a pseudonym for the user id and everything else hashed. What
  /// callers send is a ``CustomerInput``.
  public static let formName = "StoredCustomer"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ customer: Customer?) -> Customer?
  {
    let userID = walk.optional("user_id", customer?.userID, .name(UserID.self))
    let keys = walk.required("identity_keys", customer?.identityKeys, .list(IdentityKeyForm()))
    let segments = walk.optional("segments", customer?.segments, .words(Segment.self, 0...Int.max))
    let firstOrder = walk.optional("first_order", customer?.firstOrder, .flag())
    let country = walk.optional("country", customer?.country, .country())
    let orderCount = walk.sparse("order_count", customer?.orderCount, .integer(0, to: .max))
    let createdAt = walk.sparse("created_at", customer?.createdAt, .instant())
    let factsFrom = walk.sparse(
      "facts_from", customer.flatMap { $0.factsFrom == .caller ? nil : $0.factsFrom }, .choice(),
      "Who has said whether it is the first order, how many there were and since when the customer is known; absent: the caller."
    )
    let traits = walk.sparse(
      "traits", customer.flatMap { $0.traits.isEmpty ? nil : $0.traits }, .list(FraudTraitForm()),
      "By what fraud rules recognise the customer beside the identity keys.")
    guard let userID, let keys, let segments, let firstOrder, let country, let orderCount, let createdAt,
      let factsFrom, let traits
    else { return nil }
    var read = Customer(
      userID: userID, identityKeys: keys, segments: segments, firstOrder: firstOrder, country: country,
      orderCount: orderCount, createdAt: createdAt, factsFrom: factsFrom ?? .caller)
    read.traits = traits ?? []
    return read
  }
}
