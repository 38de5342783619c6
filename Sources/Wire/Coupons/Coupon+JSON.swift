import JSON
import Scrip

extension Coupon: JSONWritable {
  /// The coupon as the API shows it: identity, state, the terms' members, and how its uses stand.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("version", version)
      writer.member("state", state)
      terms.writeMembers(to: &writer)
      writer.member("usage", uses)
      writer.member("created_at", createdAt)
      writer.member("updated_at", updatedAt)
    }
  }
}

extension UseCounts: JSONWritable {
  /// `{"locked":0,"redeemed":0}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("locked", locked)
      writer.member("redeemed", redeemed)
    }
  }
}
