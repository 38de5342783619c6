"""Drives whole checkouts: on Scrip, whose orders are paid outside or through a provider, and on the rival's shop."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile

from servers import ADMIN_KEY, HERE, nginx

WEBHOOK_SECRET = "whsec_of_the_benchmarks"
# One piece at 100.00 with 10 % off, and in the rival's shop with 10.00 off.
TOTAL = 9000
CONNECTIONS = 256
# More orders wait longer for their turn, and no more of them are paid a second.
CONNECTIONS_OF_PROVIDER = 128


class Provider:
    """A double that answers at once, and the folder that says what is paid there."""

    def __init__(self, url, paid):
        self.url = url
        self.paid = paid

    def capacity(self):
        """How many calls a second it answers: the making of an intent, and a look at one."""
        return min(self.rate("/v1/payment_intents"), self.rate("/v1/payment_intents/pi_0"))

    def rate(self, path):
        output = subprocess.run(["wrk", "-t1", "-c32", "-d2s", self.url + path], check=True, capture_output=True, text=True)
        return float(re.search(r"Requests/sec: *([\d.]+)", output.stdout).group(1))


@contextlib.contextmanager
def provider():
    """A payment provider, with what is paid there in memory where the system has a folder of that kind."""
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as paid:
        os.chmod(paid, 0o755)
        with nginx("load/provider.conf", AMOUNT=TOTAL, PAID=paid) as url:
            yield Provider(url, paid)


def pay_through(scrip, service):
    """Has a tenant's orders paid outside (`manual`) or through the double (`stripe`)."""
    settings = {"provider": service, "secret_key": "sk_test_of_the_benchmarks", "webhook_secrets": [WEBHOOK_SECRET]}
    scrip.ask("PATCH", "/v1/payment-settings", settings if service == "stripe" else {"provider": service})


def redeemed(scrip):
    """How many uses of all coupons are redeemed."""
    uses, cursor = 0, ""
    while cursor is not None:
        page = json.loads(scrip.ask("GET", f"/v1/coupons?limit=100&cursor={cursor}" if cursor else "/v1/coupons?limit=100"))
        uses += sum(coupon["usage"]["redeemed"] for coupon in page["data"])
        cursor = page["next_cursor"]
    return uses


def drive_counted(stored, urls, flow, coupons, run, paid, seconds, connections):
    """How many checkouts a second, and the 99th percentile in microseconds. What was counted from the answers has to agree
    with what is stored, but for those whose last answer nobody read."""
    before = stored()
    finished, rate, slowest = drive(urls, flow, coupons, run, paid, seconds, connections)
    done = stored() - before
    if not finished <= done <= finished + connections:
        raise SystemExit(f"{flow}: {finished} checkouts were counted, and {done} are stored")
    return rate, slowest


def drive(urls, flow, coupons, run, paid, seconds, connections):
    """All steps of one checkout after the other, on all nodes at once: how many came to their end, how many of these a
    second, and the worst node's 99th percentile in microseconds."""
    share = connections // len(urls)
    environment = {**os.environ, "KEY": ADMIN_KEY, "FLOW": flow, "COUPONS": coupons, "LIMIT": str(share), "PAID": paid,
                   "WEBHOOK_SECRET": WEBHOOK_SECRET}
    loads = [subprocess.Popen(
        ["wrk", "-t1", f"-c{share}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "load" / "checkout.lua"), url],
        env={**environment, "RUN": f"{run}-{number}"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for number, url in enumerate(urls)]
    finished, rate, slowest = 0, 0, 0
    for load in loads:
        output, complaints = load.communicate()
        found = re.search(r"result (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
        count, micros, _, p99, _, errors = map(int, found.groups())
        if errors:
            raise SystemExit(f"{errors} requests beside {count} checkouts failed:\n{complaints}")
        finished, rate, slowest = finished + count, rate + count / (micros / 1e6), max(slowest, p99)
    return finished, rate, slowest
