import JSON
import Scrip

extension Tenant: JSONWritable {
  /// `{"id":"tenant_1","name":"…","settings":{…}}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id.description)
      writer.member("name", name)
      writer.member("settings", settings)
    }
  }
}
