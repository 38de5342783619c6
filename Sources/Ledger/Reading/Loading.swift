/// What a question needs to see: asks for keys, then for what those lead to.
public typealias Asking<State: LedgerState> = @Sendable (inout State.Request, State) -> Void

extension Store {
  /// Loads what questions ask for, and what that leads to, from one consistent view.
  public func load(_ questions: [Asking<State>]) throws(StoreFailure) -> State {
    let loaded = try read { (reader: any StoreReader<State>) throws(StoreFailure) -> State in
      var set = State()
      var seen = State.Request()
      while true {
        var request = State.Request()
        for ask in questions { ask(&request, set) }
        let new = request.keepNew(besides: &seen)
        if new.areNone { return set }
        try reader.load(request, into: &set)
        if new.areLast { return set }
      }
    }
    unreadableRows?.note(loaded)
    return loaded
  }
}
