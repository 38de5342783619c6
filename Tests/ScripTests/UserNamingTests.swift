import Scrip
import Testing

@Suite struct UserNamingTests {
  private let hidden: [UserID: UserID] = ["ann": "1", "bob": "2", "cy": "3"]

  private func users(_ names: UserID...) -> Rule { .condition(.user(.isIn(names))) }

  private func terms(owner: UserID?, _ rules: Rule?) -> CouponTerms {
    CouponTerms(
      name: "ann", discount: .percent(.whole, cap: AmountsByCurrency([])), rules: rules, owner: owner,
      stacking: .open)
  }

  @Test func `terms rename their owner and whoever their rules list, however deep, and nothing else`() throws
  {
    let segment = Rule.condition(.segment(.isIn(["ann"])))
    func rules(_ ann: UserID, _ bob: UserID, _ cy: UserID) -> Rule {
      .all([.any([segment, .not(.all([.not(users(ann, bob))]))]), .condition(.user(.isNotIn([cy, ann])))])
    }
    let named = terms(owner: "bob", rules("ann", "bob", "cy"))
    let renamed = named.renamingUsers { hidden[$0] ?? "?" }
    #expect(renamed == terms(owner: "2", rules("1", "2", "3")))
    let back = Dictionary(uniqueKeysWithValues: hidden.map { ($0.value, $0.key) })
    #expect(renamed.renamingUsers { back[$0] ?? "?" } == named)
  }

  @Test func `what names nobody asks for no name`() {
    var asked: [UserID] = []
    let plain = terms(owner: nil, .condition(.segment(.isIn(["ann"]))))
    #expect(
      plain.renamingUsers {
        asked.append($0); return "x"
      } == plain)
    #expect(asked.isEmpty)
  }

  @Test(arguments: [
    ("person_01aryz6s41tsv4rrffq69g5fav", true), ("person_01ARYZ6S41TSV4RRFFQ69G5FAV", false),
    ("person_81aryz6s41tsv4rrffq69g5fav", false), ("person_01aryz6s41tsv4rrffq69g5fa", false),
    ("coupon_01aryz6s41tsv4rrffq69g5fav", false), ("person_", false), ("ann", false), ("", false),
  ])
  func `a pseudonym is known by its form`(text: String, isPseudonym: Bool) {
    #expect(UserID(text).isPseudonym == isPseudonym)
    if isPseudonym { #expect(Person.ID(text)?.userID == UserID(text)) }
  }
}
