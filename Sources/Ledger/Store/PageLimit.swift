/// How much a page of a list holds at most. Entries are counted by what is stored of them, because that is what has to fit
/// into memory, here and at whoever has asked: five hundred lines with ten codes are five megabytes.
public struct PageLimit: Hashable, Sendable {
  /// How many bytes a page has that is shown to somebody, unless its first entry alone has more.
  public static let bytesMax = 4 << 20

  /// How many entries.
  public var entries: Int
  /// How many bytes: the page ends with the entry that reaches them, so that there is always one.
  public var bytes: Int

  /// Makes a limit.
  public init(entries: Int, bytes: Int = bytesMax) {
    self.entries = entries
    self.bytes = bytes
  }

  /// The entries of a list that fit.
  public func prefix<Entry>(
    of list: some Sequence<Entry>, weighing weight: (Entry) -> Int
  ) -> ListPage<Entry> {
    var page = ListPage<Entry>()
    var left = bytes
    for entry in list.prefix(entries) {
      if left <= 0 {
        page.isCut = true
        break
      }
      page.entries.append(entry)
      left -= weight(entry)
    }
    return page
  }

  /// So much more. What is beyond all numbers is the largest one.
  func adding(_ other: PageLimit) -> PageLimit {
    func sum(_ one: Int, _ two: Int) -> Int {
      let (sum, isTooMuch) = one.addingReportingOverflow(two)
      return isTooMuch ? .max : sum
    }
    return PageLimit(entries: sum(entries, other.entries), bytes: sum(bytes, other.bytes))
  }
}

/// A page of a list.
public struct ListPage<Entry> {
  /// What it holds, in the order of the list.
  public var entries: [Entry]
  /// Whether it has ended for the bytes that it has: there are more, although fewer entries are here than asked for.
  public var isCut: Bool

  /// Makes a page.
  public init(_ entries: [Entry] = [], isCut: Bool = false) {
    self.entries = entries
    self.isCut = isCut
  }
}

extension ListPage: Sendable where Entry: Sendable {}

/// A row of a list with the bytes that are stored of it; without an entry if it can't be read.
public struct WeighedRow<Entry> {
  /// What it holds.
  public var entry: Entry?
  /// How many bytes.
  public var bytes: Int

  /// Weighs a row.
  public init(_ entry: Entry?, bytes: Int) {
    self.entry = entry
    self.bytes = bytes
  }
}

extension UnreadableRows {
  /// Fills a page as far as its bytes go with the rows that can be read: behind those that can't, which weigh nothing, it
  /// reads on until the page is full or the list is over.
  ///
  /// - Parameter rows: the rows behind an entry of the page, or from the page's beginning, up to a limit.
  public func page<Entry>(
    upTo limit: PageLimit, _ rows: (Entry?, PageLimit) throws(StoreFailure) -> ListPage<WeighedRow<Entry>>
  ) throws(StoreFailure) -> ListPage<Entry> {
    var page = ListPage<Entry>()
    var left = limit
    var skipped = PageLimit(entries: 0, bytes: 0)
    while left.entries > 0 {
      let asked = left.adding(skipped)
      let found = try rows(page.entries.last, asked)
      for row in found.entries {
        guard let entry = row.entry else { continue }
        page.entries.append(entry)
        left.entries -= 1
        left.bytes -= row.bytes
      }
      if !found.isCut, found.entries.count < asked.entries { return page }
      if left.bytes <= 0 { return ListPage(page.entries, isCut: found.isCut || left.entries > 0) }
      let unreadable = found.entries.reversed().prefix { $0.entry == nil }
      skipped = PageLimit(entries: unreadable.count, bytes: unreadable.reduce(0) { $0 + $1.bytes })
    }
    return page
  }
}
