"""A real service on a private port and folder, and a small client for it."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SCRIP_BINARY", ROOT / ".build" / "debug" / "scrip"))
ADMIN_KEY = "scrip_admin_0123456789abcdefghjkmnpqrstvwxyz"


class Unanswered(Exception):
    """The connection broke before an answer came: whether the request had an effect is not known."""


class Service:
    """Starts, kills and restarts the service on one data folder."""

    def __init__(self, data, **settings):
        self.data = pathlib.Path(data)
        self.settings = settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        environment = {**os.environ, "SCRIP_ADMIN_KEY": ADMIN_KEY, "SCRIP_LOG_LEVEL": "error", **self.settings}
        self.log = open(self.data.parent / f"{self.data.name}.log", "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data)],
            env=environment, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended at its start with status {self.process.returncode}")
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return self
            except Unanswered:
                time.sleep(0.01)
        raise AssertionError("the service did not get ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.log.close()
        return self.process.returncode

    def connection(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def call(self, method, path, body=None, key=ADMIN_KEY, idempotency=None, connection=None):
        """Status and decoded body; `Unanswered` if the connection broke."""
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
        return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()

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
        """Runs a verb of the command line on the data folder."""
        return subprocess.run([BINARY, *arguments, "--data", str(self.data)], capture_output=True, text=True)


def order(number, codes, user=None):
    """The body of an application for one order."""
    return {
        "order_id": f"o-{number}", "codes": codes, "customer": {"user_id": user or f"u-{number}"},
        "cart": {"currency": "USD",
                 "lines": [{"id": "l1", "product_id": "p1", "quantity": 2, "unit_price": 1999}]},
    }
