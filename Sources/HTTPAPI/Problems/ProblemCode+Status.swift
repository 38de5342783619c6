import HTTPServer
import Ledger
import Promotions

/// The one place that decides which HTTP status says what.
extension ProblemCode {
  /// The HTTP status of a problem with this code.
  public var status: Int {
    switch self {
    case .refusal(let code): code.status
    case .api(let code): code.status
    }
  }

  /// Whether the same request may succeed if it is sent again a little later.
  public var isRetryable: Bool {
    switch self {
    case .refusal(let code): code == .webhookReplaysWaiting
    case .api(let code): code.isRetryable
    }
  }
}

extension Refusal.Code {
  /// 404 for what is not there, 412 for a version that was overtaken, 409 for what others hold or did, 422 for what
  /// is wrong with the request itself.
  fileprivate var status: Int {
    switch self {
    case .codeRefused(.subscriptionCancelled), .codeRefused(.alreadyAttached): 409
    case .codeRefused(let reason): reason.isConflict ? 409 : 422
    case .couponNotFound, .applicationNotFound, .keyNotFound, .mailTemplateNotFound, .notFound,
      .paymentNotFound, .taskNotFound, .associationNotFound, .webhookNotFound, .messageNotFound,
      .fraudCaseNotFound:
      404
    case .versionConflict: 412
    case .amountOverflow, .idempotencyKeyReused, .lineItemNotFound, .phaseNotFound: 422
    case .invalidTransition, .windowOver, .couponWithoutCode, .couponArchived, .newerTerms, .codeTaken,
      .patternExhausted,
      .orderHasApplication, .orderKeptHere, .orderExists, .forbiddenStep, .shippingNotKnown,
      .amountNotPayable, .paymentNotSettleable, .notRefundable,
      .paymentByProvider, .providerNotSetUp,
      .subscriptionExists, .associationUsed, .tooManyCoupons, .invoiceExists, .invoiceFinalized,
      .invoiceVoided,
      .lockExpired, .lockRevoked,
      .alreadyRedeemed, .alreadyReleased, .notRedeemed, .discountChanged, .totalChanged, .lastAdminKey,
      .taskNotCancellable, .messageSettled, .webhookLimitReached, .webhookNotActive, .webhookReplaysWaiting,
      .fraudListFull, .suspectNotListable:
      409
    }
  }
}

extension APIProblemCode {
  fileprivate var status: Int {
    switch self {
    case .malformedJSON, .malformedRequest, .invalidHeader, .signatureRefused: 400
    case .unauthenticated: 401
    case .forbidden: 403
    case .routeNotFound, .versionNotFound, .personNotFound, .deliveryNotFound: 404
    case .mailNotWritten, .mailNotTaken, .webhookTestUnderWay: 409
    case .methodNotAllowed: 405
    case .requestTimeout: 408
    case .sealingFailed: 409
    case .contentTooLarge: 413
    case .unsupportedMediaType: 415
    case .expectationFailed: 417
    case .invalidRequest: 422
    case .headerTooLarge: 431
    case .internalError: 500
    case .notImplemented: 501
    case .providerUnavailable: 502
    case .overloaded, .shuttingDown, .storeUnavailable, .tooManyConnections: 503
    case .httpVersionNotSupported: 505
    }
  }

  fileprivate var isRetryable: Bool {
    switch self {
    case .requestTimeout, .overloaded, .shuttingDown, .storeUnavailable,
      .tooManyConnections, .webhookTestUnderWay:
      true
    default: false
    }
  }
}

extension ProtocolError {
  /// The problem that tells a client what the server itself refused.
  var code: APIProblemCode {
    switch self {
    case .malformedRequest: .malformedRequest
    case .headerTooLarge: .headerTooLarge
    case .bodyTooLarge: .contentTooLarge
    case .requestTimeout: .requestTimeout
    case .expectationFailed: .expectationFailed
    case .unknownMethod, .unsupportedTransferEncoding: .notImplemented
    case .unsupportedVersion: .httpVersionNotSupported
    case .tooManyConnections: .tooManyConnections
    case .tooManyBodies: .overloaded
    }
  }
}
