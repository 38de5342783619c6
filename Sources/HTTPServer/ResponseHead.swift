/// Puts status line and headers of a response into bytes.
enum ResponseHead {
  enum Framing {
    case length(Int)
    case chunked
    /// The body ends with the connection, for HTTP/1.0.
    case untilClose
    /// This status has no body (204, 304).
    case none
  }

  static func append(
    _ response: HTTPResponse, framing: Framing, closing: Bool, isVersion1_0: Bool, date: inout HTTPDate,
    to bytes: inout [UInt8]
  ) {
    if response.status == 200 {
      bytes.append("HTTP/1.1 200 OK\r\n")
    } else {
      bytes.append("HTTP/1.1 ")
      bytes.append(decimal: response.status)
      bytes.append(" ")
      bytes.append(HTTPStatus.reason(for: response.status))
      bytes.append("\r\n")
    }
    for (name, value) in response.headers {
      bytes.append(name)
      bytes.append(": ")
      bytes.append(fieldValue: value)
      bytes.append("\r\n")
    }
    switch framing {
    case .length(let length):
      bytes.append("Content-Length: ")
      bytes.append(decimal: length)
      bytes.append("\r\n")
    case .chunked: bytes.append("Transfer-Encoding: chunked\r\n")
    case .untilClose, .none: break
    }
    date.append(to: &bytes)
    if closing {
      bytes.append("Connection: close\r\n\r\n")
    } else {
      bytes.append(isVersion1_0 ? "Connection: keep-alive\r\n\r\n" : "\r\n")
    }
  }
}

extension [UInt8] {
  mutating func append(_ text: String) {
    unsafe text.utf8.span.withUnsafeBufferPointer { text in unsafe append(contentsOf: text) }
  }

  mutating func append(fieldValue text: String) {
    let start = count
    append(text)
    for index in start..<count where !self[index].isFieldContent { self[index] = .space }
  }

  mutating func append(decimal number: Int) {
    if number >= 10 { append(decimal: number / 10) }
    append(UInt8(number % 10) + 0x30)
  }

  mutating func append(hexadecimal number: Int) {
    if number >= 16 { append(hexadecimal: number / 16) }
    let digit = UInt8(number % 16)
    append(digit < 10 ? digit + 0x30 : digit - 10 + 0x61)
  }
}
