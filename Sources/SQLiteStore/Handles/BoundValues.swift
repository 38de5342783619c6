/// Where texts and bytes stand that are bound to the statements of one connection, until no statement is in use any more.
/// SQLite would have to allocate each of them; many have no memory of their own that stays where it is.
///
/// Used by one thread at a time, as the connection is.
@safe final class BoundValues {
  /// Enough for the parameters of any usual statement; what finds no room is copied by SQLite.
  private static let sizeMax = 1 << 16

  private struct Use {
    /// How many bytes are taken.
    var count = 0
    /// How many statements are in use.
    var statements = 0
  }

  private let start: UnsafeMutableRawPointer
  /// Beside the bytes, and no property of the object: each access to one is watched, and there are some twenty for a lock.
  private let use: UnsafeMutablePointer<Use>

  init() {
    unsafe start = .allocate(byteCount: BoundValues.sizeMax, alignment: 16)
    unsafe use = .allocate(capacity: 1)
    unsafe use.initialize(to: Use())
  }

  deinit {
    unsafe start.deallocate()
    unsafe use.deallocate()
  }

  /// A statement is used from now on.
  func begin() { unsafe use.pointee.statements += 1 }

  /// A statement is not used any more, and has forgotten its values.
  func end() {
    unsafe use.pointee.statements -= 1
    if unsafe use.pointee.statements == 0 { unsafe use.pointee.count = 0 }
  }

  /// Copies bytes to where they stay; nil if there is no room.
  @unsafe func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    let count = unsafe use.pointee.count
    guard bytes.count <= BoundValues.sizeMax - count else { return nil }
    let place = unsafe start + count
    if let source = bytes.baseAddress { unsafe place.copyMemory(from: source, byteCount: bytes.count) }
    unsafe use.pointee.count = count + bytes.count
    return UnsafeRawPointer(place)
  }
}
