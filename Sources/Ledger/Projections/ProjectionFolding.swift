/// Folds projections along with the tables when a store's log is folded anew: as far as the store's own have read, so that
/// both can be compared.
struct ProjectionFolding<State: LedgerState> {
  /// How far the store's own have read.
  let cursors: ProjectionCursors.Found

  init(of store: any Store<State>) throws(StoreFailure) { cursors = try store.find(ProjectionCursors()) }

  /// Asks for the rows that a page of events changes.
  func addNeeds(of page: [(position: Int64, event: Understood<State>)], to request: inout State.Request) {
    for projection in State.projections { addNeeds(of: page, projection, to: &request) }
  }

  /// Folds a page of events.
  func fold(_ page: [(position: Int64, event: Understood<State>)], into state: inout State) {
    for projection in State.projections { fold(page, projection, into: &state) }
  }

  private func addNeeds<Folded: Projection<State>>(
    of page: [(position: Int64, event: Understood<State>)], _ projection: Folded,
    to request: inout State.Request
  ) {
    for (_, event) in part(of: page, Folded.self) {
      request.cursors.insert(Folded.cursor(of: event.chained.event.tenant))
      if let change = projection.change(by: event) { projection.addNeeds(of: change, to: &request) }
    }
  }

  private func fold<Folded: Projection<State>>(
    _ page: [(position: Int64, event: Understood<State>)], _ projection: Folded, into state: inout State
  ) {
    for (position, event) in part(of: page, Folded.self) {
      if let change = projection.change(by: event) { projection.fold(change, into: &state) }
      state.cursors.advance(
        Folded.cursor(of: event.chained.event.tenant),
        to: ProjectionCursor(version: Folded.version, position: position))
    }
  }

  private func part<Folded: Projection<State>>(
    of page: [(position: Int64, event: Understood<State>)], _ projection: Folded.Type
  ) -> [(position: Int64, event: Understood<State>)] {
    page.filter { position, event in
      position <= cursors[Folded.cursor(of: event.chained.event.tenant)]?.position ?? 0
    }
  }
}

extension Rows<ProjectionCursor> {
  /// Says how far a projection has read now.
  mutating func advance(_ key: Row.Key, to cursor: ProjectionCursor) {
    guard let known = self[key] else { return insert(cursor, for: key) }
    change(key, known.version == cursor.version ? .count : .update) { $0 = cursor }
  }
}
