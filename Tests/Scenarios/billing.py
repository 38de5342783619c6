"""Billing systems at one or more nodes: a file of invoices that is run as often as it takes, and what must be true of
the store afterwards."""

import collections
import http.client
import json
import random
import threading
import time
import urllib.parse

import pytest
from load import check_log
from service import ADMIN_KEY, Service, Unanswered

# One node on SQLite, or two on PostgreSQL.
both_stores = pytest.mark.parametrize("nodes", ["sqlite", "two nodes"], indirect=True)

SUBSCRIPTIONS = 18
CYCLES = 5
# What each invoice bills, in cents, and what coupons take off all of a subscription's invoices, whichever of them get
# it: three times a quarter of the seats, ten dollars of each, and five dollars once.
SEATS, USAGE = 8000, 2000
TAKEN = 3 * (SEATS // 4) + CYCLES * 1000 + 500
# How many invoices there are that a coupon is named for, and how often that can be used.
SINGLES, SINGLE_USES = 30, 11


def segment(name):
    """A caller's name as a part of a path."""
    return urllib.parse.quote(name, safe="")


def batch(node, lines, key=ADMIN_KEY):
    """Sends a part of a billing run: one answer for each line, or `Unanswered` if not all came."""
    body = "".join(json.dumps(line) + "\n" for line in lines)
    connection = node.connection(60)
    try:
        connection.request("POST", "/v1/invoices/batch", body, {
            "Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        text = answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered(str(error)) from error
    finally:
        connection.close()
    assert answer.status == 200, text
    answers = [json.loads(line) for line in text.splitlines()]
    if len(answers) < len(lines):
        raise Unanswered("the answer ends early")
    assert [entry["line"] for entry in answers] == list(range(1, len(lines) + 1))
    return answers


def subscribe(node, name, **members):
    """Tells of a subscription in dollars."""
    content = {"customer_id": f"customer of {name}", "currency": "USD"} | members
    status, answer = node.call("PUT", f"/v1/subscriptions/{segment(name)}", content)
    assert status in (200, 201), answer
    return answer


def attach(node, name, coupon, **members):
    """Gives a subscription a coupon."""
    status, answer = node.call(
        "POST", f"/v1/subscriptions/{segment(name)}/coupons", {"coupon_id": coupon} | members)
    assert status == 201, answer
    return answer


def draft(node, name, amounts, status=(200, 201), **members):
    """Tells of an invoice in dollars; lines of which only the amount is given are named l1, l2, …"""
    lines = [line if isinstance(line, dict) else {"id": f"l{place + 1}", "amount": line}
             for place, line in enumerate(amounts)]
    body = {"currency": "USD", "line_items": lines} | members
    answered, invoice = node.call("PUT", f"/v1/invoices/{segment(name)}", body)
    assert answered in status, invoice
    return invoice


def off(amount):
    """A discount of so many cents."""
    return {"type": "fixed", "amounts": {"USD": amount}}


class Sandbox:
    """A tenant of a service with a clock of its own, spoken to as the service is."""

    coupon = Service.coupon

    def __init__(self, service, moment):
        self.service = service
        made = self.scrip("create", "Box", "--tenant", "2", "--test-clock", moment, "--json")
        self.key = json.loads(made)["secret"]

    def scrip(self, *words):
        result = self.service.tool("tenant", *words)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def advance(self, moment):
        self.scrip("advance", "2", moment)

    def call(self, method, path, body=None):
        return self.service.call(method, path, body, key=self.key)


class BillingFile:
    """A file of invoices: lines that tell of drafts, and lines that freeze them."""

    def __init__(self, node):
        quarter = {"type": "percent", "percent": "25"}
        coupons = [
            node.coupon("SEATS25", discount=quarter, billing={"cadence": "repeated", "periods": 3}),
            node.coupon("EVER", discount=off(1000), billing={"cadence": "forever"}),
            node.coupon("ONCE", discount=off(500), billing={"cadence": "once"})]
        self.attached = dict.fromkeys(coupons, SUBSCRIPTIONS)
        self.single = node.coupon(
            "SINGLE", discount=off(100), billing={"cadence": "once"}, limits={"total": SINGLE_USES})
        self.subscriptions = [f"s-{number}" for number in range(SUBSCRIPTIONS)]
        for name in self.subscriptions:
            subscribe(node, name, line_items=[{"id": "seats"}])
            for coupon, line in zip(coupons, ("seats", None, None)):
                attach(node, name, coupon, line_item_id=line, starts_at="2026-01-01T00:00:00Z")
        self.drafts = [self.line(name, cycle) for cycle in range(CYCLES) for name in self.subscriptions]
        self.drafts += [
            {"id": f"single-{number}", "customer_id": f"c-{number}", "currency": "USD",
             "line_items": [{"id": "l1", "amount": 250}], "coupons": [{"code": "single"}]}
            for number in range(SINGLES)]
        self.names = [line["id"] for line in self.drafts]

    @staticmethod
    def line(name, cycle):
        return {"id": f"{name}/{cycle}", "subscription_id": name, "currency": "USD",
                "date": f"2026-{cycle + 1:02}-15T00:00:00Z", "metadata": {"cycle": str(cycle)},
                "line_items": [{"id": "seats", "amount": SEATS, "subscription_line_item_id": "seats"},
                               {"id": "usage", "amount": f"{USAGE}.25"}]}

    def chunks(self, seed):
        """The lines in an order of their own, in requests of several sizes; all drafts are sent before any is frozen."""
        chance = random.Random(seed)
        for lines in (self.drafts, [{"op": "finalize", "id": name} for name in self.names]):
            lines = chance.sample(lines, len(lines))
            while lines:
                size = chance.randrange(5, 40)
                yield lines[:size]
                lines = lines[size:]


class Run(threading.Thread):
    """Sends a billing file to a node, from its beginning again whenever the node dies, until all of it was answered."""

    def __init__(self, file, node, seed, patience=60):
        super().__init__(daemon=True)
        self.file, self.node, self.seed, self.patience = file, node, seed, patience
        self.made, self.frozen = [], {}
        # How many requests were answered, and how often the node died before a file was done that it had begun.
        self.sent = self.cut = 0
        self.problem = None
        self.pauses = random.Random(seed)

    def again(self):
        """Another run of the same file, which knows what this one was answered."""
        run = Run(self.file, self.node, self.seed, self.patience)
        run.made, run.frozen, run.cut = self.made, self.frozen, self.cut
        return run

    def run(self):
        deadline = time.monotonic() + self.patience
        try:
            while True:
                sent = self.sent
                try:
                    self.go_through()
                    return
                except Unanswered:
                    self.cut += self.sent > sent
                    assert time.monotonic() < deadline, f"the file was not done in {self.patience} s"
                    time.sleep(self.pauses.uniform(0.01, 0.1))
        except BaseException as error:  # told by whoever joins
            self.problem = error

    def go_through(self):
        for lines in self.file.chunks(self.seed):
            for line, answer in zip(lines, batch(self.node, lines)):
                self.take(line, answer)
            self.sent += 1

    def take(self, line, answer):
        assert answer["id"] == line["id"] and answer["status"] in (200, 201), answer
        if answer["status"] == 201:
            self.made.append(line["id"])
        if line.get("op") == "finalize":
            invoice = self.frozen.setdefault(line["id"], answer["invoice"])
            assert invoice == answer["invoice"] and invoice["state"] == "finalized", answer

    def finish(self):
        self.join(self.patience + 60)
        assert not self.is_alive(), "the run does not end"
        if self.problem:
            raise self.problem
        assert set(self.frozen) == set(self.file.names)


def pages(node, path):
    """Everything that a list has."""
    data, cursor = [], None
    while True:
        mark = f"&cursor={urllib.parse.quote(cursor)}" if cursor else ""
        status, page = node.call("GET", f"{path}{'&' if '?' in path else '?'}limit=50{mark}")
        assert status == 200, page
        data += page["data"]
        cursor = page["next_cursor"]
        assert bool(cursor) == page["has_more"]
        if not cursor:
            return data


def check_invoice(invoice):
    """What is true of every invoice by itself."""
    lines = {line["id"]: line for line in invoice["line_items"]}
    assert invoice["subtotal"] == sum(line["subtotal"] for line in lines.values()), invoice
    assert invoice["discount"] == sum(line["discount"] for line in lines.values()), invoice
    assert invoice["discount"] == sum(entry["discount"] for entry in invoice["applied"]), invoice
    assert invoice["total"] == invoice["subtotal"] - invoice["discount"], invoice
    falls = collections.Counter()
    for entry in invoice["applied"]:
        assert entry["original"] - entry["discount"] == entry["final"] >= 0 and entry["discount"] > 0, entry
        assert sum(part["amount"] for part in entry["allocations"]) == entry["discount"], entry
        assert entry["of"] is None or entry["position"] <= entry["of"], entry
        for part in entry["allocations"]:
            falls[part["line_item_id"]] += part["amount"]
    for name, line in lines.items():
        assert line["discount"] == falls[name] and line["taxable"] == line["subtotal"] - line["discount"], invoice
        assert line["discount"] == 0 or line["taxable"] >= 0, invoice
    sources = [entry["association_id"] for entry in invoice["applied"] if entry.get("association_id")]
    assert len(sources) == len(set(sources)), "a coupon is applied twice"


def check_associations(node, subscription, invoices):
    """What a subscription's coupons count is what its invoices got of them."""
    for association in node.call("GET", f"/v1/subscriptions/{segment(subscription)}/coupons")[1]["data"]:
        got = [entry for invoice in invoices if invoice["state"] != "voided" for entry in invoice["applied"]
               if entry.get("association_id") == association["id"]]
        assert association["invoices"] == len(got), (association, got)
        assert association["discount"] == sum(entry["discount"] for entry in got), (association, got)
        cadence = node.call("GET", f"/v1/coupons/{association['coupon_id']}")[1]["billing"]
        most = 1 if cadence["cadence"] == "once" and not cadence["carry_over"] else cadence["periods"]
        assert most is None or len(got) <= most, (association, got)


def snapshot(node, subscriptions):
    """All that can be read of invoices and subscriptions."""
    invoices = {invoice["id"]: invoice for invoice in pages(node, "/v1/invoices?state=finalized")}
    return invoices, {name: node.call("GET", f"/v1/subscriptions/{segment(name)}")[1] for name in subscriptions}


def check_file(nodes, file, runs):
    """Every invoice is there once, with what it was told, and all counts and the log agree with them."""
    invoices, subscriptions = snapshot(nodes[0], file.subscriptions)
    for node in nodes[1:]:
        assert snapshot(node, file.subscriptions) == (invoices, subscriptions)
    listed = pages(nodes[0], "/v1/invoices")
    assert sorted(invoice["id"] for invoice in listed) == sorted(file.names)
    for run in runs:
        assert run.frozen == invoices
    made = [name for run in runs for name in run.made]
    assert len(made) == len(set(made)), "two runs made one invoice"
    counts = collections.Counter((event["stream"], event["type"]) for event in nodes[0].events())
    for kind in ("InvoicePriced", "InvoiceFinalized"):
        assert [count for (_, type), count in counts.items() if type == kind] == [1] * len(file.names), kind
    for invoice in invoices.values():
        check_invoice(invoice)
    for name in file.subscriptions:
        own = [invoice for invoice in invoices.values() if invoice["subscription_id"] == name]
        assert len(own) == CYCLES and sum(invoice["discount"] for invoice in own) == TAKEN
        check_associations(nodes[0], name, own)
        for association in subscriptions[name]["coupons"]:
            positions = [entry["position"] for invoice in own for entry in invoice["applied"]
                         if entry.get("association_id") == association["id"]]
            assert sorted(positions) == list(range(1, len(positions) + 1)), positions
    singles = [invoice for name, invoice in invoices.items() if name.startswith("single-")]
    assert sorted(invoice["discount"] for invoice in singles) == [0] * (SINGLES - SINGLE_USES) + [100] * SINGLE_USES
    for node in nodes:
        for coupon, uses in {**file.attached, file.single: SINGLE_USES}.items():
            assert node.call("GET", f"/v1/coupons/{coupon}")[1]["usage"] == {"locked": 0, "redeemed": uses}
    check_log(nodes[0])
    check_rebuild(nodes, lambda: snapshot(nodes[0], file.subscriptions))


def check_rebuild(nodes, look):
    """The tables that are folded from the log are those that were there."""
    before = look()
    for node in nodes:
        node.stop()
    rebuilt = nodes[0].tool("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    for node in nodes:
        node.start()
    assert look() == before
