"""Billing runs that meet and that die, and a year of one customer."""

import collections
import os
import random
import time

from billing import (
    BillingFile, Run, Sandbox, attach, batch, both_stores, check_associations, check_file, check_invoice, check_rebuild,
    draft, off, pages, subscribe)
from load import check_log

ROUNDS = int(os.environ.get("SCRIP_CRASHES", "8"))
SEED = int(os.environ.get("SCRIP_CRASH_SEED", str(random.randrange(1 << 32))))


@both_stores
def test_two_billing_runs_over_the_same_invoices_bill_each_once(nodes):
    print(f"seed {SEED}")
    file = BillingFile(nodes[0])
    runs = [Run(file, nodes[0], SEED), Run(file, nodes[-1], SEED + 1)]
    for run in runs:
        run.start()
    for run in runs:
        run.finish()
        assert run.cut == 0
    assert sorted(runs[0].made + runs[1].made) == sorted(file.names)
    check_file(nodes, file, runs)


@both_stores
def test_a_billing_run_that_dies_again_and_again_bills_each_invoice_once(nodes):
    print(f"seed {SEED}, {ROUNDS} crashes")
    moments = random.Random(SEED)
    file = BillingFile(nodes[0])
    runs = [Run(file, node, SEED + place) for place, node in enumerate(nodes)]
    for run in runs:
        run.start()
    for _ in range(ROUNDS):
        place = moments.randrange(len(runs))
        run = runs[place]
        if not run.is_alive():
            # It was done before this crash: the same file is run again.
            run.finish()
            run = runs[place] = run.again()
            run.start()
        aim = run.sent + moments.randrange(1, 12)
        while run.sent < aim and run.is_alive():
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.05))
        run.node.kill()
        time.sleep(moments.uniform(0, 0.1))
        run.node.start()
    for run in runs:
        run.finish()
    print([run.cut for run in runs])
    assert any(run.cut for run in runs), "no crash met a run"
    check_file(nodes, file, runs)


@both_stores
def test_drafts_are_told_and_frozen_in_the_order_of_a_request(nodes):
    for turn in range(4):
        names = [f"{turn}/{number}" for number in range(40)]
        lines = []
        for name in names:
            content = {"id": name, "currency": "USD", "customer_id": "c-1"}
            lines += [content | {"line_items": [{"id": "l1", "amount": amount}]} for amount in (300, 200)]
            lines.append({"op": "finalize", "id": name, "expected_total": 200})
        answers = batch(nodes[turn % len(nodes)], lines)
        assert collections.Counter(answer["status"] for answer in answers) == {201: 40, 200: 80}
        assert {answer["invoice"]["state"] for answer in answers[2::3]} == {"finalized"}


def test_what_is_told_anew_stands_in_the_tables_as_in_the_log(service):
    subscribe(service, "s-1")
    attach(service, "s-1", service.coupon("TENTH", billing={"cadence": "forever"}))
    for name in ("of a subscription", "alone"):
        for amount in (500, 700):
            draft(service, name, [amount], subscription_id="s-1" if name != "alone" else None)
    draft(service, "alone", [700], customer_id="c-1")
    for status in ("past_due", "cancelled"):
        subscribe(service, "s-1", status=status)
    check_log(service)


def bill_of_month(box, month, seats, used, day=1, **members):
    """Tells of a month's invoice and freezes it; the invoice, and what was not applied by the coupons' names."""
    lines = [{"id": "seats", "amount": seats, "subscription_line_item_id": "seats"}, {"id": "usage", "amount": used}]
    content = {"subscription_id": "s-1"} | members
    preview = box.call("POST", "/v1/invoices/preview", content | {"currency": "USD", "line_items": lines})[1]["data"][0]
    invoice = draft(box, f"2026-{month:02}-{day:02}", lines, **content)
    for member in ("applied", "not_applied", "line_items", "total", "date"):
        assert preview[member] == invoice[member]
    check_invoice(invoice)
    status, frozen = box.call("POST", f"/v1/invoices/{invoice['id']}/finalize", {"expected_total": invoice["total"]})
    assert (status, frozen["state"], frozen["applied"]) == (200, "finalized", invoice["applied"])
    return frozen


def test_a_year_of_one_customer(service):
    """One customer with seats for 80.00 a month and usage, worked out by hand."""
    box = Sandbox(service, "2026-01-01T00:00:00Z")
    half = {"type": "percent", "percent": "50"}
    coupons = {
        "W": box.coupon("WELCOME", discount=half, billing={"cadence": "repeated", "periods": 3}),
        "TEN": box.coupon("TEN", discount=off(1000), billing={"cadence": "forever"}),
        "ONCE": box.coupon("SORRY", discount=off(15000), billing={"cadence": "once"}),
        "CARRY": box.coupon("CARRY", discount=off(12000), billing={"cadence": "once", "carry_over": True}),
        "TENTH": box.coupon("TENTH", billing={"cadence": "repeated", "months": 2})}
    names = {coupon: name for name, coupon in coupons.items()}

    def month(number, seats=8000, used=2000, **members):
        if number > 1 and "date" not in members:
            box.advance(f"2026-{number:02}-01T00:00:00Z")
        invoice = bill_of_month(box, number, seats, used, **members)
        took = {names[entry["coupon_id"]]: (entry["discount"], entry["position"], entry["of"])
                for entry in invoice["applied"]}
        return invoice["total"], took, {names[entry["coupon_id"]]: entry["code"] for entry in invoice["not_applied"]}

    subscribe(box, "s-1", line_items=[{"id": "seats", "product_id": "pro"}], status="active")
    attach(box, "s-1", coupons["W"], line_item_id="seats")
    ten = attach(box, "s-1", coupons["TEN"])["id"]
    coming = box.call("POST", "/v1/invoices/preview", {
        "subscription_id": "s-1", "currency": "USD", "cycles": 4,
        "line_items": [{"id": "l1", "amount": 8000, "subscription_line_item_id": "seats"},
                       {"id": "l2", "amount": 2000}]})[1]
    assert [(invoice["date"][:10], invoice["discount"]) for invoice in coming["data"]] == [
        ("2026-01-01", 5000), ("2026-02-01", 5000), ("2026-03-01", 5000), ("2026-04-01", 1000)]

    # January: half of the seats is 40.00. Ten dollars of what is left, 40.00 and 20.00, are 6.67 and 3.33.
    assert month(1) == (5000, {"W": (4000, 1, 3), "TEN": (1000, 1, None)}, {})
    january = box.call("GET", "/v1/invoices/2026-01-01")[1]
    assert [line["taxable"] for line in january["line_items"]] == [3333, 1667]
    # February: the subscription rests, and what costs nothing uses nothing up.
    assert month(2, 0, 0) == (0, {}, {"W": "no_effect", "TEN": "no_effect"})
    assert month(3, 8000, "0.4999") == (3000, {"W": (4000, 2, 3), "TEN": (1000, 2, None)}, {})
    # In the middle of March we are sorry, with 150.00: it takes what April leaves, and no more.
    box.advance("2026-03-15T12:00:00Z")
    attach(box, "s-1", coupons["ONCE"])
    assert month(4, 8000, "1234.5") == (
        0, {"W": (4000, 3, 3), "TEN": (1000, 3, None), "ONCE": (4235, 1, 1)}, {})
    full = {"W": "repeated_limit_reached", "ONCE": "once_violated"}
    assert month(5) == (9000, {"TEN": (1000, 4, None)}, full)
    # March's invoice is called off, which gives its period back once: June gets it.
    for _ in range(2):
        assert box.call("POST", "/v1/invoices/2026-03-01/void", {"reason": "wrong"})[0] == 200
    assert month(6) == (5000, {"W": (4000, 3, 3), "TEN": (1000, 4, None)}, {"ONCE": "once_violated"})
    # A credit of 120.00 lasts for 90.00 in July and 30.00 in August.
    box.advance("2026-06-10T00:00:00Z")
    assert attach(box, "s-1", coupons["CARRY"])["balance"] == 12000
    assert month(7) == (0, {"TEN": (1000, 5, None), "CARRY": (9000, 1, None)}, full)
    assert month(8) == (6000, {"TEN": (1000, 6, None), "CARRY": (3000, 2, None)}, full)
    # Nothing that becomes of a coupon touches who has it.
    status, edited = box.call("PATCH", f"/v1/coupons/{coupons['TEN']}", {"discount": off(1)})
    assert status == 200, edited
    assert box.call("POST", f"/v1/coupons/{coupons['TEN']}/disable", {"reason": "over"})[0] == 200
    full["CARRY"] = "once_violated"
    assert month(9) == (9000, {"TEN": (1000, 7, None)}, full)
    # A tenth for two months from September 20 on: of what ten dollars leave in October, of all in November.
    box.advance("2026-09-20T00:00:00Z")
    attach(box, "s-1", coupons["TENTH"])
    assert month(10) == (8100, {"TEN": (1000, 8, None), "TENTH": (900, 1, None)}, full)
    box.advance("2026-10-15T00:00:00Z")
    assert box.call("POST", f"/v1/subscriptions/s-1/coupons/{ten}/detach", {"reason": "over"})[0] == 200
    assert month(11) == (9000, {"TENTH": (1000, 2, None)}, full)
    assert month(12) == (10000, {}, full | {"TENTH": "repeated_limit_reached"})
    # One of January that comes late has what there was in January.
    early = "association_not_started"
    assert month(1, day=20, date="2026-01-20T00:00:00Z") == (
        9000, {"TEN": (1000, 9, None)},
        {"W": "repeated_limit_reached", "ONCE": early, "CARRY": early, "TENTH": early})

    have = box.call("GET", "/v1/subscriptions/s-1/coupons")[1]["data"]
    assert {names[entry["coupon_id"]]: (entry["invoices"], entry["discount"]) for entry in have} == {
        "W": (3, 12000), "TEN": (9, 9000), "ONCE": (1, 4235), "CARRY": (2, 12000), "TENTH": (2, 1900)}
    year = pages(box, "/v1/invoices?subscription_id=s-1")
    assert len(year) == 13
    check_associations(box, "s-1", year)
    assert sum(invoice["discount"] for invoice in year if invoice["state"] == "finalized") == 39135
    check_log(service)
    check_rebuild([service], lambda: (pages(box, "/v1/invoices"), box.call("GET", "/v1/subscriptions/s-1")))
