"""Billing runs: a month's invoices of many subscriptions with three coupons each. The rival's are in rival_billing.py.

Every subscription has two lines, 20 % off the first one for twelve invoices, 5 % off the whole invoice for ever and 10.00
off it once. Prices are such that no discount is rounded, so that both come to the same cents and can be held against them.
"""

import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import queue
import signal
import subprocess
import time

from servers import ADMIN_KEY, HERE

SUBSCRIPTIONS = int(os.environ.get("SUBSCRIPTIONS", "100000"))
# Invoices in a request, and how many requests are under way at once.
LINES = int(os.environ.get("LINES_OF_BATCH", "1000"))
CALLERS = int(os.environ.get("CALLERS", "4"))
# Coupons of each kind: many customers have one, and not all of them the same one.
COUPONS = 100
PERIODS = 12
# Clients of the rival, each of which makes as many invoices as the others.
CLIENTS = 16
# Statements are counted apart from what is timed, over so many invoices.
COUNTED = min(2000, SUBSCRIPTIONS) // CLIENTS * CLIENTS

# The kind of coupon, its terms here, and the line that it is for.
KINDS = {
    "seats": ({"discount": {"type": "percent", "percent": "20"}, "billing": {"cadence": "repeated", "periods": PERIODS}},
              "seats"),
    "loyal": ({"discount": {"type": "percent", "percent": "5"}, "billing": {"cadence": "forever"}}, ""),
    "hello": ({"discount": {"type": "fixed", "amounts": {"USD": 1000}}, "billing": {"cadence": "once"}}, ""),
}


def seats(number):
    return 4000 + number % 40 * 100


def usage(number):
    return 2000 + number % 17 * 100


def discount(number, month):
    """What the coupons take off a subscription's invoice of a month, in cents."""
    first = seats(number) * 20 // 100
    second = (seats(number) - first + usage(number)) * 5 // 100
    return first + second + (1000 if month == 1 else 0)


def subscribe(running):
    """Makes the coupons and the subscriptions, and attaches the ones to the others. Tells how many seconds that took."""
    started = time.perf_counter()
    share = -(-SUBSCRIPTIONS // len(running))
    drive(running, share, "subscription")
    for kind, (terms, line) in KINDS.items():
        names = [running[0].coupon(f"{kind} {number}", [f"{kind}-{number}".upper()], **terms) for number in range(COUPONS)]
        drive(running, share, kind, names, line)
    return time.perf_counter() - started


def drive(running, share, step, coupons=(), line=""):
    """One request for each subscription, on all nodes at once."""
    loads = []
    for place, node in enumerate(running):
        first = place * share
        environment = {**os.environ, "KEY": ADMIN_KEY, "STEP": step, "FIRST": str(first), "LINE": line,
                       "COUNT": str(min(share, SUBSCRIPTIONS - first)), "COUPONS": ",".join(coupons)}
        loads.append(subprocess.Popen(
            ["wrk", "-t1", f"-c{128 // len(running)}", "-d1h", "--timeout", "30s", "-s", str(HERE / "load/subscribe.lua"),
             node.url], env=environment, stdout=subprocess.PIPE, text=True))
    for load in loads:
        said = next((said for said in load.stdout if said.startswith(("finished", "failed"))), "nothing was said")
        load.send_signal(signal.SIGINT)
        load.communicate()
        if not said.startswith("finished"):
            raise SystemExit(f"{step}: {said}")


def drafts(month, numbers):
    """The requests that draft a month's invoices."""
    return batches(
        f'{{"id":"{invoice(number, month)}","subscription_id":"subscription-{number}","currency":"USD",'
        f'"date":"2026-{month:02}-15T00:00:00Z","line_items":['
        f'{{"id":"seats","amount":{seats(number)},"subscription_line_item_id":"seats"}},'
        f'{{"id":"usage","amount":{usage(number)},"subscription_line_item_id":"usage"}}]}}\n' for number in numbers)


def finals(month, numbers):
    """The requests that finalize them."""
    return batches(f'{{"op":"finalize","id":"{invoice(number, month)}"}}\n' for number in numbers)


def invoice(number, month):
    return f"invoice-{number}-{month:02}"


def batches(lines):
    lines = iter(lines)
    return list(iter(lambda: "".join(itertools.islice(lines, LINES)).encode(), b""))


def run(running, requests, status):
    """Sends requests to all nodes at once. Each line has to be answered with the status. Tells invoices a second."""
    waiting = queue.SimpleQueue()
    for request in requests:
        waiting.put(request)
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        for part in [pool.submit(send, running[place % len(running)], waiting, status) for place in range(CALLERS)]:
            part.result()
    return sum(request.count(b"\n") for request in requests) / (time.perf_counter() - started)


def send(node, waiting, status):
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=600)
    headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {ADMIN_KEY}"}
    wanted = f'"status":{status}'.encode()
    with contextlib.closing(connection), contextlib.suppress(queue.Empty):
        while True:
            body = waiting.get_nowait()
            connection.request("POST", "/v1/invoices/batch", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200 or text.count(wanted) != body.count(b"\n"):
                bad = next((line for line in text.splitlines() if wanted not in line), text)
                raise SystemExit(f"status {answer.status}, not all lines have {wanted.decode()}: {bad[:1000]}")


def check(node, month):
    """Some of the month's invoices have the discount that they have to have."""
    for number in range(1, SUBSCRIPTIONS + 1, max(1, SUBSCRIPTIONS // 50)):
        found = json.loads(node.ask("GET", f"/v1/invoices/{invoice(number, month)}"))
        wanted = discount(number, month)
        told = [found["discount"], found["total"], sum(each["discount"] for each in found["applied"])]
        if told != [wanted, seats(number) + usage(number) - wanted, wanted]:
            raise SystemExit(f"{found['id']}: {told} instead of a discount of {wanted}")


class Statements:
    """Counts what databases are asked, by pg_stat_statements, while something is done with it; other work it does not slow
    down."""

    # What a server has to be started with.
    settings = "shared_preload_libraries=pg_stat_statements"

    def __init__(self, environment):
        self.environment = environment
        self.ask("CREATE EXTENSION pg_stat_statements")
        self.track("none")

    def __enter__(self):
        self.track("all")
        return self

    def __exit__(self, *_):
        self.track("none")

    def track(self, what):
        self.ask(f"ALTER SYSTEM SET pg_stat_statements.track = '{what}'")
        # Other sessions hear of it in a moment.
        self.ask("SELECT pg_reload_conf(), pg_sleep(0.5)")

    def ask(self, statement):
        return subprocess.run(["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", statement], check=True,
                              text=True, capture_output=True, env=self.environment).stdout.strip()

    def of(self, database, invoices, work):
        """How many statements for each invoice clients sent, and how many ran, those of functions and triggers included."""
        self.ask("SELECT pg_stat_statements_reset()")
        work()
        sent, ran = map(int, self.ask(
            "SELECT coalesce(sum(calls) FILTER (WHERE toplevel), 0), coalesce(sum(calls), 0) FROM pg_stat_statements AS s "
            f"JOIN pg_database AS d ON d.oid = s.dbid WHERE datname = '{database}'").split("|"))
        return sent / invoices, ran / invoices
