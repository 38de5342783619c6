import IDNA
import CheckoutWork
import Mail
import Outgoing
import Scrip

/// How the API treats its callers.
public struct APIConfiguration: Sendable {
  /// The version that the service says it has.
  public var version = "0.0.0"
  /// Our proxies: for requests that come from them the client's address is taken from `X-Forwarded-For`.
  public var proxies: [AddressRange] = []
  /// Whether `/metrics` asks for an admin key.
  public var metricsNeedKey = false
  /// Who sends mails; nobody, if nothing else is said.
  public var mail = MailOffice.closed
  /// Where webhooks may go.
  public var webhooks = WebhookRules()
  /// How many bad codes a publishable key's caller may try.
  public var throttle = ThrottleSettings()

  /// The defaults above.
  public init() {}
}

/// Where a service's tenants may have events sent.
public struct WebhookRules: Sendable {
  /// Which addresses may be called.
  public var addresses = AddressRule()
  /// Whether messages may travel in clear.
  public var allowsPlainHTTP = false

  /// The defaults above.
  public init() {}
}

/// How many bad codes may be tried with publishable keys.
public struct ThrottleSettings: Sendable {
  /// Misses within the window by one customer at one address; further codes are refused.
  public var missesMax = 10
  /// Misses within the window by one address, which may be an office's.
  public var missesByAddressMax = 100
  /// The window.
  public var window = Duration.seconds(600)
  /// How long the first refusal lasts; each further one lasts twice as long.
  public var firstBlock = Duration.seconds(60)
  /// The longest refusal, after which an address without misses is forgotten, too.
  public var longestBlock = Duration.seconds(86_400)
  /// How long somebody who types a code may rest between two letters: a longer or shorter spelling within that time is
  /// the same try.
  public var typingPause = Duration.seconds(10)
  /// How many addresses are remembered.
  public var addressesMax = 10_000
  /// How many customers of one address are remembered.
  public var customersMax = 16
  /// What time it is, for tests to say; it never goes back.
  public var now: @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }

  /// The defaults above.
  public init() {}
}
