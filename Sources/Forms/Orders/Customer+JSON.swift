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
    guard let userID, let keys, let segments, let firstOrder, let country else { return nil }
    return Customer(
      userID: userID, identityKeys: keys, segments: segments, firstOrder: firstOrder, country: country)
  }
}
