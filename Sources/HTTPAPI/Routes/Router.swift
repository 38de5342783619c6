import HTTPServer

/// Finds the route of a request.
struct Router: Sendable {
  /// What a path and a method lead to.
  enum Match {
    case route(index: Int, parameters: [String])
    /// The path is known; these methods are.
    case otherMethods([HTTPMethod])
    case nothing
  }

  private struct Shape: Sendable {
    /// The segments; nil for a parameter.
    let segments: [String?]
    var methods: [(method: HTTPMethod, index: Int)]
  }

  private var fixed: [String: [(method: HTTPMethod, index: Int)]] = [:]  // String: paths of ours
  private var shapes: [Shape] = []

  init(_ routes: [Route]) {
    for (index, route) in routes.enumerated() {
      if !route.pattern.contains("{") {
        fixed[route.pattern, default: []].append((route.method, index))
        continue
      }
      let segments = route.pattern.split(separator: "/").map { $0.hasPrefix("{") ? nil : String($0) }
      if let known = shapes.firstIndex(where: { $0.segments == segments }) {
        shapes[known].methods.append((route.method, index))
      } else {
        shapes.append(Shape(segments: segments, methods: [(route.method, index)]))
      }
    }
  }

  /// What is found under a fixed path goes before what is called so by a caller: an invoice may be named like a step for
  /// other methods.
  func match(_ method: HTTPMethod, _ path: String) -> Match {
    var known: [HTTPMethod] = []
    if let methods = fixed[path] {
      if let index = choose(method, methods) { return .route(index: index, parameters: []) }
      known += methods.map(\.method)
    }
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for shape in shapes where shape.segments.count == segments.count {
      guard let parameters = parameters(of: segments, in: shape) else { continue }
      if let index = choose(method, shape.methods) { return .route(index: index, parameters: parameters) }
      known += shape.methods.map(\.method)
      break
    }
    if known.isEmpty { return .nothing }
    return .otherMethods(known.contains(.get) ? known + [.head] : known)
  }

  private func parameters(of segments: [Substring], in shape: Shape) -> [String]? {
    var parameters: [String] = []
    for (expected, segment) in zip(shape.segments, segments) {
      if let expected {
        if segment != expected { return nil }
      } else if segment.isEmpty {
        return nil
      } else {
        parameters.append(String(segment))
      }
    }
    return parameters
  }

  /// `HEAD` is answered as `GET`; the server leaves the body out.
  private func choose(_ method: HTTPMethod, _ methods: [(method: HTTPMethod, index: Int)]) -> Int? {
    let wanted = method == .head ? .get : method
    return methods.first { $0.method == wanted }?.index
  }
}
