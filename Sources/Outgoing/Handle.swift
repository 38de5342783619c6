import CCurl

/// A handle of libcurl, with the connections that it keeps.
///
/// `@unchecked Sendable`: the pool lends it to one call, and so to one thread, at a time.
@safe final class Handle: @unchecked Sendable {
  private let raw: UnsafeMutableRawPointer

  init() {
    precondition(Handle.isReady, "libcurl can't start, or looks up names without time limits.")
    guard let raw = unsafe curl_easy_init() else { preconditionFailure("No memory is left for a call.") }
    unsafe self.raw = raw
  }

  deinit { unsafe curl_easy_cleanup(raw) }

  /// Starts libcurl once. Without its thread that resolves names, a look-up would know no time limit, since signals are
  /// off.
  private static let isReady: Bool = {
    ccurl_global_init() == CURLE_OK && ccurl_resolves_on_threads() != 0
  }()

  /// Forgets all that was set; connections and known sessions stay.
  func reset() { unsafe curl_easy_reset(raw) }

  /// Sets an option of ours to a number.
  func set(_ option: CURLoption, _ value: Int) {
    let code = unsafe ccurl_set_number(raw, option, value)
    precondition(code == CURLE_OK, "libcurl knows no such option.")
  }

  /// Sets an option to a text, which may come from outside.
  func set(_ option: CURLoption, _ value: String) throws(OutgoingFailure) {
    // C would take a NUL for the end, and send something else than was meant.
    guard !value.utf8.contains(0) else { throw .invalid("A text holds a zero byte.") }
    let code = unsafe value.withCString { unsafe ccurl_set_text(raw, option, $0) }
    guard code == CURLE_OK else { throw .invalid("A text is none that libcurl takes.") }
  }

  /// Sets an option to a list, which has to live until the call is over.
  func set(_ option: CURLoption, _ list: borrowing TextList) {
    let code = unsafe ccurl_set_list(raw, option, list.raw)
    precondition(code == CURLE_OK, "libcurl knows no such option.")
  }

  /// Sets the body that is sent, of which a copy is made.
  func setBody(_ bytes: [UInt8]) throws(OutgoingFailure) {
    let code = unsafe bytes.withUnsafeBytes { bytes -> CURLcode in
      let size = unsafe ccurl_set_size(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
      guard size == CURLE_OK else { return size }
      // No bytes must have an address, too, or libcurl would read a body from elsewhere.
      guard let base = bytes.baseAddress, bytes.count > 0 else {
        return unsafe "".withCString { unsafe ccurl_set_text(raw, CURLOPT_COPYPOSTFIELDS, $0) }
      }
      return unsafe ccurl_set_text(raw, CURLOPT_COPYPOSTFIELDS, base.assumingMemoryBound(to: CChar.self))
    }
    guard code == CURLE_OK else { throw .invalid("The body is none that libcurl takes.") }
  }

  /// Lets libcurl hand what comes in to the functions of ``Traffic``, and what goes out be taken from there. It has to
  /// live until the call is over.
  func attach(_ traffic: Traffic) {
    let pointer = unsafe Unmanaged.passUnretained(traffic).toOpaque()
    _ = unsafe ccurl_set_stream(raw, CURLOPT_WRITEFUNCTION, Traffic.takeBody)
    _ = unsafe ccurl_set_stream(raw, CURLOPT_HEADERFUNCTION, Traffic.takeHead)
    _ = unsafe ccurl_set_stream(raw, CURLOPT_READFUNCTION, Traffic.giveBody)
    for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA] {
      _ = unsafe ccurl_set_pointer(raw, option, pointer)
    }
  }

  /// Has each address looked at before a connection is made to it. It has to live until the call is over.
  func attach(_ doorkeeper: AddressDoorkeeper) {
    let pointer = unsafe Unmanaged.passUnretained(doorkeeper).toOpaque()
    _ = unsafe ccurl_set_door(raw, AddressDoorkeeper.open)
    _ = unsafe ccurl_set_pointer(raw, CURLOPT_OPENSOCKETDATA, pointer)
  }

  /// Lets libcurl tell a dialogue what it says, and ask it whether to go on. It has to live until the call is over.
  func attach(_ dialogue: MailDialogue) {
    let pointer = unsafe Unmanaged.passUnretained(dialogue).toOpaque()
    _ = unsafe ccurl_set_listener(raw, MailDialogue.listen)
    _ = unsafe ccurl_set_pointer(raw, CURLOPT_DEBUGDATA, pointer)
    set(CURLOPT_VERBOSE, 1)
    _ = unsafe ccurl_set_watcher(raw, MailDialogue.watch)
    _ = unsafe ccurl_set_pointer(raw, CURLOPT_XFERINFODATA, pointer)
    set(CURLOPT_NOPROGRESS, 0)
  }

  /// Whether there is a connection by now, as calls may ask that are under way.
  var isConnected: Bool {
    var microseconds: curl_off_t = 0
    return unsafe ccurl_get_size(raw, CURLINFO_CONNECT_TIME_T, &microseconds) == CURLE_OK && microseconds > 0
  }

  /// Sets how many bytes ``Traffic`` has to give.
  func setUploadSize(_ count: Int) {
    _ = unsafe ccurl_set_size(raw, CURLOPT_INFILESIZE_LARGE, curl_off_t(count))
  }

  /// Makes the call on this thread, and tells with libcurl's own words how it ended.
  func perform() -> (code: CURLcode, words: String) {
    var buffer = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
    let code = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      _ = unsafe ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, buffer.baseAddress)
      let code = unsafe curl_easy_perform(raw)
      _ = unsafe ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, nil)
      return code
    }
    let words = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return unsafe (code, words.isEmpty ? String(cString: curl_easy_strerror(code)) : words)
  }

  /// By what a ``HandleGroup`` names it.
  var address: UInt { unsafe UInt(bitPattern: raw) }

  /// Lends what is libcurl's own to a group.
  func withRaw<Result>(_ body: (UnsafeMutableRawPointer) -> Result) -> Result { unsafe body(raw) }

  /// A number that libcurl knows about the last call.
  func number(_ info: CURLINFO) -> Int {
    var value = 0
    let code = unsafe ccurl_get_number(raw, info, &value)
    precondition(code == CURLE_OK, "libcurl knows no such number.")
    return value
  }
}

/// A list of texts as libcurl takes them: freed when its owner lets go.
@safe struct TextList: ~Copyable {
  private(set) var raw: UnsafeMutablePointer<curl_slist>?

  init(_ texts: [String]) throws(OutgoingFailure) {
    unsafe raw = nil
    for text in texts {
      let longer = unsafe text.withCString { unsafe curl_slist_append(raw, $0) }
      guard let longer = unsafe longer else { preconditionFailure("No memory is left for a header.") }
      unsafe raw = longer
    }
  }

  deinit { unsafe curl_slist_free_all(raw) }
}
