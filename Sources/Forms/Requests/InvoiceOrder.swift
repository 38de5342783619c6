import JSON
import Scrip

/// One line of a billing run: what is to happen to one invoice.
public struct InvoiceOrder: Sendable {
  /// What can happen.
  public enum Step: Sendable {
    /// It is told, for the first time or anew.
    case draft(InvoiceRequest)
    /// It is frozen.
    case finalize(FinalizeRequest)
    /// It is called off.
    case void(VoidRequest)
  }

  /// Which invoice.
  public var id: InvoiceID
  /// What is to happen.
  public var step: Step

  /// Which invoice a line names, by which its answer is found even if nothing else of it can be read; nil for none.
  public static func id(in document: JSONDocument) -> InvoiceID? {
    guard let text = document.root["id"]?.string(), 1...TextLimit.identifier ~= text.unicodeScalars.count
    else { return nil }
    return InvoiceID(text)
  }
}

private enum StepName: String, CaseIterable { case draft, finalize, void }

extension InvoiceOrder: RequestForm {
  /// `InvoiceOrder`
  public static let formName = "InvoiceOrder"
  /// For the API's description.
  public static let formNote: StaticString? =
    "One line of a billing run. With op finalize or void the other members are those of that request."
  /// In JSON.
  public static let formExamples = [
    #"{"id": "inv_1", "subscription_id": "sub_1", "currency": "USD", "line_items": [{"id": "l1", "amount": 8000}]}"#,
    #"{"op": "finalize", "id": "inv_1"}"#,
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ order: Self?) -> Self? {
    let id = walk.required("id", order?.id, .visibleName(InvoiceID.self))
    let name = walk.member("op", order?.name, else: .draft, .choice())
    let step: Step? =
      switch name {
      case .finalize: FinalizeRequest.walk(&walk, order?.finalized).map(Step.finalize)
      case .void: VoidRequest.walk(&walk, order?.voided).map(Step.void)
      case .draft, nil: InvoiceRequest.walk(&walk, order?.drafted).map(Step.draft)
      }
    guard let id, let step else { return nil }
    return Self(id: id, step: step)
  }

  private var name: StepName {
    switch step {
    case .draft: .draft
    case .finalize: .finalize
    case .void: .void
    }
  }

  private var drafted: InvoiceRequest? { if case .draft(let request) = step { request } else { nil } }
  private var finalized: FinalizeRequest? { if case .finalize(let request) = step { request } else { nil } }
  private var voided: VoidRequest? { if case .void(let request) = step { request } else { nil } }
}
