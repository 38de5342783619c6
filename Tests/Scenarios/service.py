"""A real service on a private port and folder, and a small client for it."""

import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SCRIP_BINARY", ROOT / ".build" / "debug" / "scrip"))
ADMIN_KEY = "scrip_admin_0123456789abcdefghjkmnpqrstvwxyz"


class Unanswered(Exception):
    """The connection broke before an answer came: whether the request had an effect is not known."""


class Answer(typing.NamedTuple):
    status: int
    body: typing.Any
    headers: http.client.HTTPMessage


def free_port():
    """Below the ports that the system gives to outgoing connections, so that none takes it during a restart."""
    while True:
        port = random.randrange(12_000, 20_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Service:
    """Starts, kills and restarts the service on one data folder, and on the store that the settings name."""

    def __init__(self, data, preparation=None, **settings):
        self.data = pathlib.Path(data)
        self.preparation = preparation
        self.settings = settings
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self):
        return {**os.environ, "SCRIP_ADMIN_KEY": ADMIN_KEY, "SCRIP_LOG_LEVEL": "error", **self.settings}

    def launch(self):
        """Starts the process without waiting for it."""
        with open(self.data.parent / f"{self.data.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data)],
                env=self.environment, stdout=log, stderr=log, preexec_fn=self.preparation)

    def wait_until_ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with status {self.process.returncode}:\n{self.log()[-4000:]}")
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return self
            except Unanswered:
                pass
            time.sleep(0.01)
        raise AssertionError("the service did not get ready")

    def start(self):
        self.launch()
        return self.wait_until_ready()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        return self.process and self.process.returncode

    def log(self):
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")

    def connection(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method, path, body=None, key=ADMIN_KEY, idempotency=None, connection=None):
        """The whole answer, its body decoded; `Unanswered` if the connection broke."""
        headers = {"Authorization": f"Bearer {key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if idempotency:
            headers["Idempotency-Key"] = idempotency
        own = connection or self.connection()
        try:
            own.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = own.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            own.close()
            raise Unanswered(str(error)) from error
        finally:
            if connection is None:
                own.close()
        decoded = json.loads(text) if text[:1] in (b"{", b"[") else text.decode()
        return Answer(answer.status, decoded, answer.headers)

    def call(self, method, path, body=None, **marks):
        """Status and decoded body."""
        answer = self.ask(method, path, body, **marks)
        return answer.status, answer.body

    def events(self, after=0):
        """The tenant's log from a position to its end, as a consumer reads it."""
        events = []
        while True:
            status, body = self.call("GET", f"/v1/events?after={after}&limit=50")
            assert status == 200, body
            if not body["data"]:
                return events
            events += body["data"]
            after = body["next_after"]

    def coupon(self, code, **members):
        """An active coupon with one code."""
        terms = {"name": code, "code": code, "discount": {"type": "percent", "percent": "10"},
                 "stacking": {"policy": "open"}, **members}
        status, coupon = self.call("POST", "/v1/coupons", terms)
        assert status == 201, coupon
        status, coupon = self.call("POST", f"/v1/coupons/{coupon['id']}/activate", {})
        assert status == 200, coupon
        return coupon["id"]

    def tool(self, *arguments):
        """Runs a verb of the command line on the store."""
        store = ["--store", self.settings["SCRIP_STORE"]] if "SCRIP_STORE" in self.settings else []
        return subprocess.run(
            [BINARY, *arguments, "--data", str(self.data), *store], env=self.environment, capture_output=True,
            text=True)


def order(number, codes, user=None):
    """The body of an application for one order."""
    return {
        "order_id": f"o-{number}", "codes": codes, "customer": {"user_id": user or f"u-{number}"},
        "cart": {"currency": "USD",
                 "lines": [{"id": "l1", "product_id": "p1", "quantity": 2, "unit_price": 1999}]},
    }
