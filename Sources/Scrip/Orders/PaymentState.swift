/// Where a payment through a provider stands.
public enum PaymentState: String, CaseIterable, Hashable, Sendable {
  /// The provider is to make an intent of it.
  case starting
  /// The customer is to pay, with the intent's client secret.
  case open
  /// The customer has paid, and the bank is at work.
  case processing
  /// The money is set aside, and waits to be taken.
  case authorized
  /// The money that was set aside is to be taken.
  case capturing
  /// The intent is to be given up.
  case cancelling
  /// The provider has the money.
  case succeeded
  /// The intent was given up, and no money came.
  case canceled
  /// The provider made no intent of it.
  case failed
}

/// What is heard of a payment, or wanted of it.
public enum PaymentNews: String, CaseIterable, Hashable, Sendable {
  /// The provider has made an intent.
  case begun
  /// The provider will not make an intent, or nobody has reached it in time.
  case refused
  /// The customer has to do something: to choose a card, or another one, or to sign in at a bank.
  case waits
  /// The bank is at work.
  case works
  /// The money is set aside.
  case setAside = "set_aside"
  /// The money is the shop's.
  case taken
  /// The intent was given up.
  case letGo = "let_go"
  /// The shop wants what was set aside.
  case capture
  /// The shop, or the time, wants it given up.
  case giveUp = "give_up"
}

/// What is to be asked of the provider next.
public enum PaymentAction: String, CaseIterable, Hashable, Sendable {
  /// Nothing.
  case none
  /// To make an intent.
  case create
  /// How the intent stands.
  case look
  /// To take what is set aside.
  case capture
  /// To give the intent up.
  case cancel
}

/// Why a payment is given up: what its order becomes then.
public enum PaymentEnd: String, CaseIterable, Hashable, Sendable {
  /// The order's payment has failed, and can be tried again.
  case failed
  /// The order is called off.
  case cancelled
}

extension PaymentState {
  /// Whether nothing can happen to it any more but refunds.
  public var isFinal: Bool { self == .succeeded || self == .canceled || self == .failed }

  /// What is to be asked of the provider next.
  public var action: PaymentAction {
    switch self {
    case .starting: .create
    case .open, .processing, .authorized: .look
    case .capturing: .capture
    case .cancelling: .cancel
    case .succeeded, .canceled, .failed: .none
    }
  }

  /// Where news lead; nil if they change nothing. News come late, twice and in any order: what is final stays so, and what is
  /// wanted of the provider stays wanted until the provider has said how it ended.
  public func after(_ news: PaymentNews) -> PaymentState? {
    let next: PaymentState? =
      switch (self, news) {
      case (.starting, .begun): .open
      case (.starting, .refused), (.starting, .giveUp): .failed
      case (.open, .waits), (.processing, .waits): .open
      case (.open, .works), (.processing, .works): .processing
      case (.open, .setAside), (.processing, .setAside): .authorized
      case (.authorized, .capture): .capturing
      case (.open, .giveUp), (.processing, .giveUp), (.authorized, .giveUp): .cancelling
      case (.open, .taken), (.processing, .taken), (.authorized, .taken), (.capturing, .taken),
        (.cancelling, .taken):
        .succeeded
      case (.open, .letGo), (.processing, .letGo), (.authorized, .letGo), (.capturing, .letGo),
        (.cancelling, .letGo):
        .canceled
      case (.starting, _), (.open, _), (.processing, _), (.authorized, _), (.capturing, _), (.cancelling, _),
        (.succeeded, _), (.canceled, _), (.failed, _):
        nil
      }
    return next == self ? nil : next
  }

  /// What its order does when it gets there; nil if nothing.
  ///
  /// - Parameters:
  ///   - end: what the order becomes if the payment was given up for that.
  ///   - order: where the order stands.
  public func orderStep(given end: PaymentEnd?, order: OrderState) -> OrderStep? {
    switch self {
    case .authorized: .authorize
    case .succeeded: order == .authorized ? .capture : .pay
    case .canceled, .failed: end == .cancelled && order == .authorized ? .cancel : .fail
    case .starting, .open, .processing, .capturing, .cancelling: nil
    }
  }
}
