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

  func match(_ method: HTTPMethod, _ path: String) -> Match {
    if let methods = fixed[path] { return choose(method, methods, []) }
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for shape in shapes where shape.segments.count == segments.count {
      if let parameters = parameters(of: segments, in: shape) {
        return choose(method, shape.methods, parameters)
      }
    }
    return .nothing
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
  private func choose(
    _ method: HTTPMethod, _ methods: [(method: HTTPMethod, index: Int)], _ parameters: [String]
  ) -> Match {
    let wanted = method == .head ? .get : method
    if let found = methods.first(where: { $0.method == wanted }) {
      return .route(index: found.index, parameters: parameters)
    }
    let allowed = methods.map(\.method)
    return .otherMethods(allowed.contains(.get) ? allowed + [.head] : allowed)
  }
}
