import CCurl

extension OutgoingFailure {
  /// What libcurl's code means, for a call of which something was sent or not.
  init(_ code: CURLcode, words: String, hasSent: Bool, isOverfull: Bool) {
    if isOverfull {
      self.init(.tooLarge, mayHaveArrived: true, reason: "The answer is larger than it may be.")
      return
    }
    let (cause, neverSent) = OutgoingFailure.meaning(of: code, hasSent: hasSent)
    self.init(cause, mayHaveArrived: hasSent && !neverSent, reason: words)
  }

  /// The cause, and whether the code by itself says that nothing can have been sent.
  private static func meaning(of code: CURLcode, hasSent: Bool) -> (cause: Cause, neverSent: Bool) {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: (.invalid, true)
    // Also for an answer of another protocol than the one that was asked for.
    case CURLE_UNSUPPORTED_PROTOCOL: (hasSent ? .unreadable : .invalid, false)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY,
      CURLE_SSL_CONNECT_ERROR, CURLE_INTERFACE_FAILED:
      (.unreachable, true)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
      (.refusedTLS, true)
    case CURLE_OPERATION_TIMEDOUT: (.timedOut, false)
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: (.cut, false)
    default: (.unreadable, false)
    }
  }
}
