/// What nodes tell each other on the channel `scrip.nodes`, in the transaction that it is about.
enum Announcement: String {
  /// Keys were made or revoked.
  case accessChanged = "access"
}
