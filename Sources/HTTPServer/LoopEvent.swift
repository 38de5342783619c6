import CEvent

/// One libevent event: owned here, freed when its owner lets go. Belongs to its loop's thread.
///
/// The action must not hold the event's owner strongly.
@safe final class LoopEvent {
  private var raw: OpaquePointer?
  private let action: () -> Void

  init(base: OpaquePointer, descriptor: Int32, what: Int32, action: @escaping () -> Void) {
    self.action = action
    let trampoline: @convention(c) (Int32, Int16, UnsafeMutableRawPointer?) -> Void = { _, _, context in
      guard let context = unsafe context else { return }
      // The strong reference lets an action free its own event.
      let event = unsafe Unmanaged<LoopEvent>.fromOpaque(context).takeUnretainedValue()
      event.action()
    }
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe raw = event_new(base, descriptor, Int16(what), trampoline, context)
    precondition(unsafe raw != nil, "there is memory for an event")
  }

  deinit { if let raw = unsafe raw { unsafe event_free(raw) } }

  func watch() {
    let code = unsafe event_add(raw, nil)
    precondition(code == 0, "an open descriptor can be watched")
  }

  func watch(everyMilliseconds period: Int64) {
    var time = timeval(tv_sec: Int(period / 1_000), tv_usec: Int(period % 1_000) * 1_000)
    let code = unsafe event_add(raw, &time)
    precondition(code == 0, "a timer can be set")
  }

  func unwatch() {
    // Deleting fails only for an event that was never made.
    _ = unsafe event_del(raw)
  }
}
