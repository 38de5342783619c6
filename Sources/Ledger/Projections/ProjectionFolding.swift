/// Folds projections along with the tables when a store's log is folded anew: as far as the store's own have read, so that
/// both can be compared.
struct ProjectionFolding<State: LedgerState> {
  /// How far the store's own have read.
  let cursors: ProjectionCursors.Found
  /// Those that are no projection's that this program knows: of relays, and of what a newer program has. Nothing is to be
  /// folded, and they are to stand where they stood.
  private let others: [(key: Owned<ProjectionName>, cursor: ProjectionCursor)]

  init(of store: any Store<State>) throws(StoreFailure) {
    let cursors = try store.find(ProjectionCursors())
    let known = Set(State.projections.map { type(of: $0).name })
    self.cursors = cursors
    others = cursors.filter { !known.contains($0.key.value) }.map { (key: $0.key, cursor: $0.value) }
  }

  /// Asks for the rows that a page of events changes.
  func addNeeds(of page: [(position: Int64, event: Understood<State>)], to request: inout State.Request) {
    for projection in State.projections { addNeeds(of: page, projection, to: &request) }
    for (key, cursor) in others where last(of: page, key, cursor) != nil { request.cursors.insert(key) }
  }

  /// Folds a page of events.
  func fold(_ page: [(position: Int64, event: Understood<State>)], into state: inout State) {
    for projection in State.projections { fold(page, projection, into: &state) }
    for (key, cursor) in others {
      guard let position = last(of: page, key, cursor) else { continue }
      state.cursors.advance(key, to: ProjectionCursor(version: cursor.version, position: position))
    }
  }

  /// The last event of a page that a cursor stands behind; nil if there is none.
  private func last(
    of page: [(position: Int64, event: Understood<State>)], _ key: Owned<ProjectionName>,
    _ cursor: ProjectionCursor
  ) -> Int64? {
    if RelayKey.isMark(key.value) {
      // No place in the log: it stands as it stood, beside the cursor that it belongs to.
      return page.contains { $0.event.chained.event.tenant == key.tenant } ? cursor.position : nil
    }
    return page.last { $0.position <= cursor.position && $0.event.chained.event.tenant == key.tenant }?
      .position
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
