import JSON
import Scrip

extension Customer: JSONWritable {
  /// The form of snapshots: identity keys as they are stored, so the user id in clear and everything else hashed.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("user_id", userID)
      writer.key("identity_keys")
      writer.array { writer in for key in identityKeys { writer.string(key.stored) } }
      writer.member("segments", segments)
      writer.member("first_order", firstOrder)
      writer.member("country", country)
    }
  }

  /// Reads a request's customer. E-mail address, phone number, device and payment fingerprint leave this function as
  /// identity keys only. A country that is none counts as not said: an address must not stop a price.
  ///
  /// - Parameter hash: a keyed hash of a normalised value, in lower-case hexadecimal.
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader, hash: (IdentityKey.Kind, String) -> String) {
    let customer = value.object { (object: inout ObjectReader) -> Customer? in
      let userID = object.member("user_id") { $0.visibleName(UserID.self) }
      let email = object.member("email") { value in
        value.parsed(maxLength: 320, as: "an e-mail address") { normalizedEmail($0) }
      }
      let phone = object.member("phone") { value in
        value.parsed(maxLength: TextLimit.short, as: "a phone number in E.164, such as \"+4930123456\"") {
          normalizedPhone($0)
        }
      }
      let device = object.member("device_id") { $0.visibleName(ExactText<IdentityKey>.self) }
      let payment = object.member("payment_fingerprint") { $0.visibleName(ExactText<IdentityKey>.self) }
      let segments = object.member("segments") { $0.words(Segment.self, max: 100) }
      let firstOrder = object.member("first_order") { $0.bool() }
      let country = object.member("country", else: nil) { $0.customerCountry() }
      guard let userID, let email, let phone, let device, let payment, let segments, let firstOrder,
        let country
      else { return nil }
      var keys: [IdentityKey] = []
      func add(_ kind: IdentityKey.Kind, _ text: String?) {
        if let text { keys.append(IdentityKey(kind: kind, value: ExactText(hash(kind, text)))) }
      }
      add(.email, email)
      add(.phone, phone)
      add(.device, device?.text)
      add(.payment, payment?.text)
      return Customer(
        userID: userID, identityKeys: keys, segments: segments, firstOrder: firstOrder, country: country)
    }
    guard let customer else { return nil }
    self = customer
  }

  /// Reads the form of snapshots.
  init?(stored value: ValueReader) {
    let customer = value.object { (object: inout ObjectReader) -> Customer? in
      let userID = object.member("user_id") { $0.name(UserID.self) }
      let keys = object.required("identity_keys") { list in
        list.array(max: Int.max) { key in
          key.parsed(maxLength: Int.max, as: "an identity key") { IdentityKey(stored: $0) }
        }
      }
      let segments = object.member("segments") { $0.words(Segment.self, max: Int.max) }
      let firstOrder = object.member("first_order") { $0.bool() }
      let country = object.member("country") { $0.countryText() }
      guard let userID, let keys, let segments, let firstOrder, let country else { return nil }
      return Customer(
        userID: userID, identityKeys: keys, segments: segments, firstOrder: firstOrder, country: country)
    }
    guard let customer else { return nil }
    self = customer
  }
}
