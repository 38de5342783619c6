import CCurl

/// Calls that are under way side by side on one thread, with the connections that are kept for later ones.
///
/// `@unchecked Sendable`: the thread that runs the calls alone uses it, but for ``wake()``, which libcurl lets any thread
/// call. <https://curl.se/libcurl/c/curl_multi_wakeup.html>
@safe final class HandleGroup: @unchecked Sendable {
  private let raw: UnsafeMutableRawPointer

  init(idleConnectionsMax: Int) {
    // The first handle starts libcurl.
    _ = Handle()
    guard let raw = unsafe curl_multi_init() else { preconditionFailure("No memory is left for calls.") }
    unsafe self.raw = raw
    _ = unsafe ccurl_set_group_number(raw, CURLMOPT_MAXCONNECTS, idleConnectionsMax)
  }

  deinit { unsafe curl_multi_cleanup(raw) }

  /// Begins a call; false if libcurl can't.
  func add(_ handle: Handle) -> Bool {
    unsafe handle.withRaw { unsafe curl_multi_add_handle(raw, $0) } == CURLM_OK
  }

  /// Lets go of a call that is over.
  func remove(_ handle: Handle) { _ = unsafe handle.withRaw { unsafe curl_multi_remove_handle(raw, $0) } }

  /// Does whatever can be done without waiting.
  func perform() {
    var running: Int32 = 0
    _ = unsafe curl_multi_perform(raw, &running)
  }

  /// Waits until there is something to do, somebody wakes it, or so long.
  func wait(milliseconds: Int32) { _ = unsafe curl_multi_poll(raw, nil, 0, milliseconds, nil) }

  /// Ends a wait, or the next one.
  func wake() { _ = unsafe curl_multi_wakeup(raw) }

  /// A call that is over, and how it ended; nil if there is none.
  func nextFinished() -> (address: UInt, code: CURLcode, words: String)? {
    var code = CURLE_OK
    guard let handle = unsafe ccurl_next_finished(raw, &code) else { return nil }
    return unsafe (UInt(bitPattern: handle), code, String(cString: curl_easy_strerror(code)))
  }
}
