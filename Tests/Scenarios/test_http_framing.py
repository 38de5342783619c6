"""The framing of requests against a second reader, h11: the same requests accepted, and read the same.

Where both differ on purpose, the difference has a name below; any other one fails.
"""

import json
import os
import random
import re
import socket

import h11
import pytest
from service import ADMIN_KEY, Service

SEED = int(os.environ.get("SCRIP_SEED", "20261128"))
CASES = int(os.environ.get("SCRIP_FRAMING_CASES", "4000"))
NEXT = b"GET /livez HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n"
KEY = f"Authorization: Bearer {ADMIN_KEY}"
# Any other answer shows that the request was read as HTTP, body and all.
REFUSALS = {"malformed_request", "header_too_large", "content_too_large", "not_implemented", "http_version_not_supported"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("framing") / "data", SCRIP_LOOPS="1")
    service.start()
    yield service
    service.stop()


# Pieces of heads and bodies: right ones, and ones that are odd or wrong.
FIELDS = ["A: b", "A:", "A:\t b \t", "a-b.c: d, e", "A: \u00e9", "Connection: keep-alive"]
ODD_FIELDS = ["A : b", " A: b", "A", ": b", "A: b\x00", "A: b\x0b", "A: b\x7f", "A: b\rC: d", "A: b\nC: d", "\tfolded", "Host: y",
              "authorization: Basic eA=="]
LENGTHS = ["Content-Length: 3", "content-length: 3", "Content-Length: 0"]
ODD_LENGTHS = ["content-length: 003", "Content-Length: +3", "Content-Length: 3, 3", "Content-Length: 3,4",
               "Content-Length: x", "Content-Length:", "Content-Length : 3"]
CODINGS = ["Transfer-Encoding: chunked", "transfer-encoding: chunked", "TRANSFER-ENCODING: Chunked"]
ODD_CODINGS = ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: xchunked",
               "Transfer-Encoding:\x0bchunked", "Transfer-Encoding : chunked"]
SIZES = ["3"] * 20 + ["03", "3;a=b", "3 ;a", "3;", "3\t", "3 ", " 3", "+3", "0x3", "-3", "", "g", "00000000000000003", "3;a\x00"]
ENDS = ["\r\n"] * 200 + ["\n", "\r", "\r\r\n"]
TARGETS = ["/v1/quotes"] * 60 + ["/v1/quotes?a=b", "/v1/quotes\u00e9", "/v1/ quotes", "/v1/\tquotes", "quotes", "", "*"]
VERSIONS = ["HTTP/1.1"] * 60 + ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/11"]


def chunks(rng):
    text = ""
    for _ in range(rng.randrange(3)):
        text += rng.choice(SIZES) + rng.choice(ENDS) + "abc" + rng.choice(ENDS)
    text += rng.choice(["0", "0", "0", "000", "0;a"]) + rng.choice(ENDS)
    if rng.random() < 0.3:
        text += rng.choice(["T: t"] * 8 + ["T:", "T", "T : t", " T: t", "T: \x00"]) + rng.choice(ENDS)
    return text + rng.choice(ENDS)


def request(rng):
    """A request in bytes that is right, nearly right, or wrong in a place or two."""
    method = rng.choice(["POST"] * 60 + ["BREW", "G(T", ""])
    lines = [KEY] + rng.sample(FIELDS, rng.randrange(3))
    if rng.random() < 0.97:
        lines.append("Host: x")
    for usual, odd in [(LENGTHS, ODD_LENGTHS), (CODINGS, ODD_CODINGS), ([], ODD_FIELDS)]:
        if usual and rng.random() < 0.45:
            lines.append(rng.choice(usual))
        if rng.random() < 0.08:
            lines.append(rng.choice(odd))
    rng.shuffle(lines)
    blank = rng.choice([" "] * 60 + ["  ", "\t"])
    text = rng.choice([""] * 60 + ["\r\n", "\r\n" * 8, "\r\n" * 9, "\n", "\r"])
    text += method + blank + rng.choice(TARGETS) + blank + rng.choice(VERSIONS) + rng.choice(ENDS)
    text += "".join(line + rng.choice(ENDS) for line in lines) + rng.choice(ENDS)
    if any(line.lower().startswith("transfer-encoding") for line in lines):
        text += chunks(rng)
    elif any(line.lower().startswith("content-length") for line in lines):
        text += "abc"
    return text.encode("latin-1")


def as_h11(data):
    """What h11 makes of the bytes: the status of a refusal, `None` if it waits for more, or method, target and body."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=16 * 1024)
    reader.receive_data(data + NEXT)
    method = None
    body = b""
    try:
        while True:
            event = reader.next_event()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Request):
                method, target = event.method.decode(), event.target.decode("latin-1")
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                rest = reader.trailing_data[0]
                return method, target, body, rest == NEXT
    except h11.RemoteProtocolError as error:
        return error.error_status_hint


def as_scrip(service, data):
    """The status and the problem's code, if any, of each answer to the bytes and to a request behind them."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(data + NEXT)
        connection.shutdown(socket.SHUT_WR)
        text = b""
        while piece := connection.recv(65536):
            text += piece
    answers = []
    while text:
        head, _, text = text.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        answers.append((int(head.split(b" ", 2)[1]), json.loads(text[:length]).get("code")))
        text = text[length:]
    return answers


# Why the service may refuse what h11 reads. h11 is a toolkit that also reads what old peers send.
STRICTER = {
    "lines that end in a bare line feed": rb"(?<!\r)\n",
    "a method that the service does not know": rb"^BREW ",
    "a target that is no path": rb"^(?:\r\n)*\S+ +(?!/)",
    "a target beyond ASCII": rb"^(?:\r\n)*\S+ [^\r\n]*[\x80-\xff][^\r\n]* HTTP",
    "a version that is not 1.0 or 1.1": rb"HTTP/1\.[2-9]|HTTP/[^1]",
    "a folded field": rb"\r?\n[ \t]",
    "several equal lengths": rb"(?is)content-length:.*content-length:|content-length: 3, ?3",
    "a length beside chunks": rb"(?is)content-length.*transfer-encoding|transfer-encoding.*content-length",
    "chunks in HTTP/1.0": rb"(?is)HTTP/1\.0.*transfer-encoding",
    "a second authorization": rb"(?is)authorization:.*authorization:",
    "an encoding twice": rb"(?is)transfer-encoding:.*transfer-encoding:",
    "a blank behind a chunk's size": rb"\n[0-9a-fA-F]+[ \t]+\r",
    "a control byte in an extension": rb"\n[0-9a-fA-F]+;[^\n]*(?:[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n))",
    "a control byte in a field": rb"(?m)^[^\r\n]*:[^\r\n]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    "a chunk's size of 17 digits": rb"\n0{16,}",
    "an extension that is empty": rb"\n[0-9a-fA-F]+;\r",
}
# Why the service may read what h11 refuses.
LAXER = {
    "up to eight empty lines before the request": rb"^(?:\r\n){1,8}(?!\r\n)",
    "a length with zeros in front": rb"(?i)content-length: 0+\d",
    "a blank before an extension": rb"\n[0-9a-fA-F]+[ \t]+;",
    "HTTP/1.0 needs no host": rb"HTTP/1\.0",
    "an extension that is empty": rb"\n[0-9a-fA-F]+;\r",
}


def named(table, data):
    return any(re.search(pattern, data) for pattern in table.values())


def test_requests_are_framed_as_another_reader_frames_them(service):
    rng = random.Random(SEED)
    seen = {"both": 0, "neither": 0}
    differences = []
    for number in range(CASES):
        data = request(rng)
        other = as_h11(data)
        answers = as_scrip(service, data)
        is_read = bool(answers) and answers[0][1] not in REFUSALS
        what = f"case {number} of seed {SEED}: {data!r}: h11 {other}, scrip {answers}"
        if isinstance(other, tuple) and is_read:
            seen["both"] += 1
            # A body that is no JSON shows that there was one; the answer to what follows, where it ended.
            closes = b"HTTP/1.0" in data.split(b"\n")[0] and b"keep-alive" not in data
            if other[3] and not closes and answers[1:] != [(200, None)]:
                differences.append(what)
        elif isinstance(other, tuple) != is_read:
            if not named(LAXER if is_read else STRICTER, data):
                differences.append(what)
        else:
            seen["neither"] += 1
    print(seen)
    assert not differences, "\n".join(differences[:20])
    assert seen["both"] > CASES / 10 and seen["neither"] > CASES / 10


@pytest.mark.parametrize("size", [0, 1, 1000, 70_000, 200_000])
def test_bodies_of_every_framing_arrive_whole(service, size):
    """A body in chunks of random sizes, sent in pieces that end anywhere, is the JSON string that was sent."""
    rng = random.Random(SEED + size)
    key = f"Authorization: Bearer {ADMIN_KEY}\r\nContent-Type: application/json\r\nHost: x\r\n".encode()
    # A name that is too long is echoed nowhere, so what arrived shows in the place of the fault.
    body = b'{"name":"' + b"n" * size + b'",\x01'
    text = b""
    rest = body
    while rest:
        count = rng.choice([1, 2, 15, 16, 255, 4096, 60_000])
        piece, rest = rest[:count], rest[count:]
        text += b"%x%s\r\n%s\r\n" % (len(piece), rng.choice([b"", b";a=b", b" ; c"]), piece)
    text += b"0\r\n" + rng.choice([b"", b"T: t\r\n"]) + b"\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/coupons HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + key + b"\r\n")
        while text:
            count = rng.randrange(1, 9000)
            connection.sendall(text[:count])
            text = text[count:]
        connection.sendall(NEXT)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ") and b"malformed_json" in answer
    assert b'"byte":%d' % (len(body) - 1) in answer, answer
    assert answer.rstrip().endswith(b'{"status":"ok"}')
