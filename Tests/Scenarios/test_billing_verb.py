"""The billing run of the command line against answers that a service gives only at bad moments: a double gives them, and
the runs of other tests meet the service itself."""

import http.server
import json
import os
import subprocess
import threading

import pytest

from service import ADMIN_KEY, BINARY


class Double(http.server.BaseHTTPRequestHandler):
    """Cannot take the draft of an invoice the first time that it is told, and knows only invoices that it took."""

    def do_POST(self):
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        answers = [self.server.answer(json.loads(line)) for line in lines]
        body = b"".join(json.dumps(answer).encode() + b"\n" for answer in answers)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class DoubleServer(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Double)
        self.told = []
        self.drafts = set()

    def answer(self, line):
        name, op = line["id"], line.get("op", "price")
        self.told.append((name, op))
        answer = {"line": 1, "id": name}
        if op == "price" and name == "late" and self.told.count((name, op)) == 1:
            return answer | {"status": 503, "problem": {"code": "overloaded"}}
        if op == "price":
            self.drafts.add(name)
        elif name not in self.drafts:
            return answer | {"status": 404, "problem": {"code": "invoice_not_found"}}
        return answer | {"status": 200}


@pytest.fixture
def double():
    with DoubleServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_what_was_refused_behind_a_line_that_could_not_be_taken_is_sent_again_with_it(double, tmp_path):
    lines = [
        {"id": "none", "op": "finalize"},
        {"id": "late"},
        {"id": "early"},
        {"id": "late", "op": "finalize"},
        {"id": "early", "op": "finalize"},
    ]
    file = tmp_path / "run.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = subprocess.run(
        [BINARY, "billing", "run", file],
        env=os.environ | {"SCRIP_URL": f"http://127.0.0.1:{double.server_port}", "SCRIP_KEY": "key"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    heading, *answers = [json.loads(line) for line in (tmp_path / "run.jsonl.answers").read_text().splitlines()]
    assert heading["lines"] == 5
    assert [answer["status"] for answer in answers] == [404, 200, 200, 200, 200], run
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4, 5]
    # Neither what was taken nor what was refused before it is told twice.
    assert double.told[5:] == [("late", "price"), ("late", "finalize")]


def test_a_line_that_is_too_large_is_answered_by_itself_and_the_others_are_done(service, tmp_path):
    def line(name, text=""):
        return json.dumps({"id": name, "currency": "USD", "line_items": [{"id": "l1", "amount": 5}],
                           "metadata": {"note": text}}) + "\n"
    file = tmp_path / "run.jsonl"
    file.write_text(line("a") + line("b") + line("huge", "x" * 1_200_000) + line("c"))
    run = subprocess.run([BINARY, "billing", "run", file], env=os.environ | {"SCRIP_URL": service.url, "SCRIP_KEY": ADMIN_KEY}, capture_output=True, text=True,
                         timeout=60)
    assert run.returncode == 1 and "1 of 4 lines were refused (1 × content_too_large)" in run.stderr, run
    _, *answers = [json.loads(line) for line in (tmp_path / "run.jsonl.answers").read_text().splitlines()]
    assert [(answer["line"], answer["status"]) for answer in answers] == [(1, 201), (2, 201), (3, 413), (4, 201)]
