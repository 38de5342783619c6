import CCurl

/// What one call has received so far, and what it has still to send. Only the call's thread uses it.
@safe final class Traffic {
  private let bytesMax: Int
  private let cutsLongBodies: Bool
  private let upload: [UInt8]
  private var uploaded = 0
  private(set) var head: [[UInt8]] = []
  private(set) var body: [UInt8] = []
  private var headBytes = 0
  /// Whether the answer was larger than it may be.
  private(set) var isOverfull = false
  /// Whether the body was longer than it may be, and its beginning is here.
  private(set) var isCut = false

  /// Whether all that there was to send was taken to be sent.
  var hasGivenAll: Bool { uploaded == upload.count }

  init(bytesMax: Int, cutsLongBodies: Bool = false, upload: [UInt8] = []) {
    self.bytesMax = bytesMax
    self.cutsLongBodies = cutsLongBodies
    self.upload = upload
  }

  typealias Callback =
    @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

  /// Another number than that of the bytes given makes libcurl end the call.
  private static let refused = 0

  static let takeBody: Callback = { start, size, count, pointer in
    unsafe withTraffic(pointer) { traffic in
      let chunk = unsafe UnsafeRawBufferPointer(start: start, count: size * count)
      guard traffic.hasRoom(for: chunk.count) else {
        if traffic.cutsLongBodies { unsafe traffic.takeBeginning(of: chunk) }
        return refused
      }
      unsafe traffic.body.append(contentsOf: chunk)
      return chunk.count
    }
  }

  static let takeHead: Callback = { start, size, count, pointer in
    unsafe withTraffic(pointer) { traffic in
      let line = unsafe UnsafeRawBufferPointer(start: start, count: size * count)
      guard traffic.hasRoom(for: line.count) else { return refused }
      unsafe traffic.head.append(Array(line))
      traffic.headBytes += line.count
      return line.count
    }
  }

  static let giveBody: Callback = { start, size, count, pointer in
    unsafe withTraffic(pointer) { traffic in
      let room = unsafe UnsafeMutableRawBufferPointer(start: start, count: size * count)
      let chunk = traffic.upload[traffic.uploaded...].prefix(room.count)
      unsafe room.copyBytes(from: chunk)
      traffic.uploaded += chunk.count
      return chunk.count
    }
  }

  private static func withTraffic(_ pointer: UnsafeMutableRawPointer?, _ body: (Traffic) -> Int) -> Int {
    guard let pointer = unsafe pointer else { return refused }
    return body(unsafe Unmanaged<Traffic>.fromOpaque(pointer).takeUnretainedValue())
  }

  private func takeBeginning(of chunk: UnsafeRawBufferPointer) {
    unsafe body.append(contentsOf: chunk.prefix(max(0, bytesMax - headBytes - body.count)))
    isOverfull = false
    isCut = true
  }

  private func hasRoom(for count: Int) -> Bool {
    isOverfull = isOverfull || headBytes + body.count + count > bytesMax
    return !isOverfull
  }
}
