"""Counts the instructions that the service spends on one request, under callgrind.

Usage: request_cost.py [PROGRAM...]     (the release build without arguments)

Each count is the difference between many requests and few, so that starting and ending cancel out; both runs last
equally long, so that what happens once a second does, too.
"""

import concurrent.futures
import http.client
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from servers import ADMIN_KEY, BINARY, free_port

CART = {
    "currency": "USD", "prices_include_tax": False, "channel": "web",
    "lines": [
        {"id": "l1", "product_id": "p-1001", "seller_id": "s1", "categories": ["shoes"], "quantity": 2, "unit_price": 1999},
        {"id": "l2", "product_id": "p-1002", "seller_id": "s1", "categories": ["shirts", "sale"], "quantity": 1, "unit_price": 2599},
        {"id": "l3", "product_id": "p-1003", "seller_id": "s2", "categories": ["socks"], "quantity": 3, "unit_price": 499},
    ],
    "shipping": [{"id": "sh1", "method": "standard", "amount": 500}],
}
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}", "Content-Type": "application/json"}


class Counted:
    """A service under callgrind on a store of its own."""

    def __init__(self, program):
        self.program = program
        self.folder = tempfile.TemporaryDirectory(prefix="scrip-count-")
        self.out = pathlib.Path(self.folder.name) / "callgrind.out"
        self.port = free_port()

    def __enter__(self):
        self.process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.out}", str(self.program), "serve",
             "--data", f"{self.folder.name}/data", "--listen", f"127.0.0.1:{self.port}", "--log-level", "error",
             "--admin-key", ADMIN_KEY],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                connection = self.connect()
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return self
            except OSError:
                time.sleep(0.2)
            if self.process.poll() is not None:
                raise SystemExit(f"{self.program} did not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)
        self.instructions = int(re.search(r"^(?:summary|totals): (\d+)", self.out.read_text(), re.M).group(1))
        self.folder.cleanup()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def post(self, connection, path, body):
        return self.send(connection, "POST", path, body)

    def put(self, connection, path, body):
        return self.send(connection, "PUT", path, body)

    def send(self, connection, method, path, body):
        connection.request(method, path, json.dumps(body), HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{path}: {answer.status} {text[:500]}")
        return json.loads(text)


def run(program, kind, clients, each, seconds=0.0):
    """Sends so many requests from each client; the instructions, and how long it took."""
    with Counted(program) as service:
        connection = service.connect()
        coupon = service.post(connection, "/v1/coupons", {
            "name": "Bench", "code": "BENCH-0000001", "discount": {"type": "percent", "percent": "10"},
            "stacking": {"policy": "open"}, "limits": {"total": 1_000_000}})
        service.post(connection, f"/v1/coupons/{coupon['id']}/activate", {})
        if kind == "judged":
            service.put(connection, "/v1/fraud/settings", {"mode": "on"})

        def send(client):
            own = service.connect()
            for number in range(each):
                name = f"{client}-{number}"
                body = {"codes": ["BENCH-0000001"], "cart": CART, "customer": {
                    "user_id": f"u-{name}", "segments": ["vip"], "first_order": False, "country": "DE"}}
                if kind in ("known", "judged"):
                    body["customer"] |= {"device_id": f"d-{name}", "payment_fingerprint": f"c-{name}",
                                         "ip": f"203.{client}.{number % 256}.7"}
                if kind != "quote":
                    body["order_id"] = f"o-{name}"
                service.post(own, "/v1/quotes" if kind == "quote" else "/v1/applications", body)

        started = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            list(pool.map(send, range(clients)))
        time.sleep(max(0.0, seconds - (time.perf_counter() - started)))
        took = time.perf_counter() - started
    return service.instructions, took


def instructions(program, kind, clients=1):
    """The instructions of one request, while so many clients send one after the other: a quote, a lock, one of a customer of
    whom device, card and address are known, and such a one that fraud rules judge."""
    few, many = (50, 250) if clients == 1 else (5, 20)
    most, took = run(program, kind, clients, many)
    least, _ = run(program, kind, clients, few, took)
    return (most - least) // ((many - few) * clients)


if __name__ == "__main__":
    for program in sys.argv[1:] or [BINARY]:
        for kind, clients in (("quote", 1), ("lock", 1), ("lock", 64)):
            print(f"{program} {kind}, {clients} clients: {instructions(program, kind, clients):,} instructions", flush=True)
