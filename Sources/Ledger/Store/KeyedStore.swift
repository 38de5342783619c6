import Digest

/// A store that knows the key under which its identities are hashed when it sees it again, by a check value that tells
/// nothing of the key. Under another key everybody would be somebody new, who has used nothing yet.
public protocol KeyedStore<State>: Store {
  /// The check value that is kept; nil while nobody has brought one.
  func identityCheck() throws(StoreFailure) -> Hash256?

  /// Keeps a check value unless there is one, for ever, and says which one is kept. Of two that come at once one wins.
  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256
}
