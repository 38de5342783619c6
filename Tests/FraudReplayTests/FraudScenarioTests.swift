import SampleShop
import Scrip
import Testing

@testable import FraudReplay

@Suite struct FraudScenarioTests {
  private func scenario(_ seed: UInt64, _ attacks: Set<ShopAttack> = Set(ShopAttack.allCases))
    -> FraudScenario
  {
    FraudScenario(seed: seed, attacks: attacks, checkoutsADay: 20)
  }

  @Test func `the same seed gives the same attempts, and another seed others`() {
    let (one, two) = (scenario(7), scenario(7))
    #expect(one.attempts == two.attempts && one.manners == two.manners)
    #expect(scenario(8).attempts != one.attempts)
  }

  @Test func `a scenario is the same on every computer and in every release`() {
    // The sum changes with every change of the generator. Figures in the documents are then to be made anew.
    let digest = scenario(1).attempts.reduce(UInt64(0)) { sum, attempt in
      let traits = attempt.traits.reduce(UInt64(bitPattern: attempt.at.microseconds)) {
        ($0 &* 31) ^ $1.digest
      }
      return sum &* 31 &+ traits
    }
    #expect(digest == 13_274_124_404_235_141_943)
  }

  @Test func `attempts come in order of time, and every attack and crowd is there`() {
    let scenario = scenario(3)
    #expect(scenario.attempts.map(\.at) == scenario.attempts.map(\.at).sorted())
    let actors = Set(scenario.attempts.map(\.actor))
    #expect(
      actors == Set(ShopAttack.allCases.map(ShopActor.attack) + ShopCrowd.allCases.map(ShopActor.crowd)))
  }

  @Test func `an attack is the same whichever others take place, and so is what honest buyers do`() {
    func of(_ actor: ShopActor, _ scenario: FraudScenario) -> [ShopAttempt] {
      scenario.attempts.filter { $0.actor == actor }
    }
    let (all, one) = (scenario(4), scenario(4, [.lockHoarding]))
    #expect(of(.attack(.lockHoarding), all) == of(.attack(.lockHoarding), one))
    #expect(of(.attack(.leakedCode), one).isEmpty)
    for crowd in ShopCrowd.allCases { #expect(of(.crowd(crowd), all) == of(.crowd(crowd), one)) }
  }

  @Test func `seeds differ in how much care attackers take`() {
    for attack in ShopAttack.allCases {
      #expect(Set((1...12).map { scenario(UInt64($0), [attack]).manners[attack] }).count > 1, "\(attack)")
    }
  }
}
