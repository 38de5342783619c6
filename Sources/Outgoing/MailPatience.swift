/// How long a mail server may take.
public struct MailPatience: Sendable, Hashable {
  /// Until a connection is there.
  public var connecting: Duration
  /// For its greeting, for each reply, and for each chunk of a mail.
  public var replying: Duration
  /// For its word on the mail once it has all of it.
  public var taking: Duration
  /// For its farewell, which decides nothing any more.
  public var parting: Duration
  /// For all of it.
  public var total: Duration

  /// Describes what is waited for.
  public init(
    connecting: Duration, replying: Duration, taking: Duration, parting: Duration, total: Duration
  ) {
    self.connecting = connecting
    self.replying = replying
    self.taking = taking
    self.parting = parting
    self.total = total
  }

  /// That of RFC 5321 (4.5.3.2): 5 minutes for each reply and 10 for the mail's, as servers are slow on purpose, or look for
  /// viruses before they take a mail. Whoever gives up sooner sends the same mail again and again.
  public static let usual = MailPatience(
    connecting: .seconds(30), replying: .seconds(300), taking: .seconds(600), parting: .seconds(5),
    total: .seconds(1800))

  /// For whoever waits at a terminal.
  public static let brief = MailPatience(
    connecting: .seconds(10), replying: .seconds(30), taking: .seconds(30), parting: .seconds(2),
    total: .seconds(60))
}
