/// What a question needs to see: asks for keys, then for what those lead to.
typealias Asking = @Sendable (inout LoadRequest, WorkingSet) -> Void

extension Store {
  /// Loads what questions ask for, and what that leads to, from one consistent view.
  func load(_ questions: [Asking]) throws(StoreFailure) -> WorkingSet {
    let loaded = try read { (reader: any StoreReader) throws(StoreFailure) -> WorkingSet in
      var set = WorkingSet()
      var seen = LoadRequest()
      while true {
        var request = LoadRequest()
        for ask in questions { ask(&request, set) }
        request.subtract(seen)
        if request.isEmpty { return set }
        try reader.load(request, into: &set)
        if request.isLast { return set }
        seen.formUnion(request)
      }
    }
    unreadableRows?.note(loaded)
    return loaded
  }
}
