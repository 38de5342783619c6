import JSON
import Scrip

extension PersonalCoupon {
  /// Writes the entry, judged at a moment, as the next value:
  /// `{"coupon":{…},"codes":[…],"has_more_codes":false,"used":0,"limit":1,"remaining":1,"usable":true,"reason":null}`.
  public func write(to writer: inout JSONWriter, at now: Instant) {
    let reason = reason(at: now)
    writer.object { writer in
      writer.member("coupon", coupon)
      writer.key("codes")
      writer.array { writer in for code in codes { code.grant.write(to: &writer, used: code.used) } }
      writer.member("has_more_codes", hasMoreCodes)
      writer.member("used", used)
      writer.member("limit", limit)
      writer.member("remaining", remaining)
      writer.member("usable", reason == nil)
      writer.member("reason", reason?.rawValue)
    }
  }
}
