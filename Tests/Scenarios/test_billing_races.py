"""Many clients at once that want one coupon for their subscriptions and invoices, judged by invariants."""

import collections
import os
import random

from billing import attach, both_stores, check_associations, check_invoice, draft, off, pages, subscribe
from load import check_log
from test_races import at_once, spread

SEED = int(os.environ.get("SCRIP_CRASH_SEED", str(random.randrange(1 << 32))))


def usage(node, coupon):
    return node.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]["redeemed"]


def codes(answers):
    """How often each answer was given: 201, or the code of the problem."""
    return collections.Counter(answer.body["code"] if answer.status >= 400 else answer.status for answer in answers)


@both_stores
def test_many_subscriptions_that_want_one_coupon_get_exactly_as_many_as_there_are(nodes):
    coupon = nodes[0].coupon("FEW", discount=off(100), billing={"cadence": "forever"}, limits={"total": 17})
    names = [f"s-{number}" for number in range(48)]
    for name in names:
        subscribe(nodes[0], name)

    def wish(wanting):
        return spread(nodes, len(wanting), lambda number: (
            "POST", f"/v1/subscriptions/{wanting[number]}/coupons", {"code": "few"}))

    answers = wish(names)
    assert codes(answers) == {201: 17, "usage_limit_reached": 31}
    attached = [answer.body for answer in answers if answer.status == 201]
    assert [usage(node, coupon) for node in nodes] == [17] * len(nodes)
    returned = attached[:5] * 4
    answers = spread(nodes, len(returned), lambda number: (
        "POST", f"/v1/subscriptions/{returned[number]['subscription_id']}/coupons/{returned[number]['id']}/detach",
        {"give_back": True}))
    assert codes(answers) == {200: 20}
    assert usage(nodes[0], coupon) == 12
    without = sorted(set(names) - {association["subscription_id"] for association in attached})
    assert codes(wish(without)) == {201: 5, "usage_limit_reached": 26}
    have = [association for name in names
            for association in nodes[-1].call("GET", f"/v1/subscriptions/{name}/coupons")[1]["data"]]
    assert (len(have), sum(not association["given_back"] for association in have)) == (22, 17)
    assert usage(nodes[-1], coupon) == 17
    check_log(nodes[0])


@both_stores
def test_one_subscription_gets_a_coupon_once_and_one_of_two_that_do_not_combine(nodes):
    coupon = nodes[0].coupon("MINE", discount=off(100), billing={"cadence": "forever"})
    alone = [nodes[0].coupon(code, discount=off(100), billing={"cadence": "forever"}, stacking={"policy": "exclusive"})
             for code in ("LEFT", "RIGHT")]
    subscribe(nodes[0], "s-1", line_items=[{"id": "seats"}, {"id": "usage"}])
    path = "/v1/subscriptions/s-1/coupons"
    places = [None, "seats", "usage"]
    answers = spread(nodes, 24, lambda number: (
        "POST", path, {"coupon_id": coupon, "line_item_id": places[number % 3]}))
    assert codes(answers) == {201: 3, "already_attached": 21}
    assert len(nodes[0].call("GET", path)[1]["data"]) == 3 and usage(nodes[0], coupon) == 3
    subscribe(nodes[0], "s-2")
    answers = spread(nodes, 12, lambda number: (
        "POST", "/v1/subscriptions/s-2/coupons", {"coupon_id": alone[number // 2 % 2]}))
    assert codes(answers) == {201: 1, "already_attached": 5, "combination_disallowed": 6}
    assert sum(usage(nodes[0], coupon) for coupon in alone) == 1
    check_log(nodes[0])


@both_stores
def test_many_invoices_that_name_one_coupon_get_exactly_as_many_as_there_are(nodes):
    nodes[0].coupon("NINE", discount=off(100), billing={"cadence": "once"}, limits={"total": 9})
    own = nodes[0].coupon("OWN", discount=off(10), billing={"cadence": "once"}, limits={"per_user": 1})

    def bill(names):
        return spread(nodes, len(names), lambda number: ("PUT", f"/v1/invoices/{names[number]}", {
            "currency": "USD", "customer_id": f"c-{names[number] % 8}", "line_items": [{"id": "l1", "amount": 500}],
            "coupons": [{"code": "NINE"}, {"coupon_id": own}]}))

    def given(answers):
        for answer in answers:
            check_invoice(answer.body)
        return collections.Counter(answer.body["discount"] // 100 for answer in answers)

    answers = bill(range(40))
    assert given(answers) == {1: 9, 0: 31} and codes(answers) == {201: 40}
    refused = collections.Counter(entry["code"] for answer in answers for entry in answer.body["not_applied"])
    assert refused == {"usage_limit_reached": 31, "user_limit_reached": 32} and usage(nodes[0], own) == 8
    winners = [int(answer.body["id"]) for answer in answers if answer.body["discount"] >= 100]
    voided = winners[:4] * 3
    answers = spread(nodes, len(voided), lambda number: ("POST", f"/v1/invoices/{voided[number]}/void", {}))
    assert codes(answers) == {200: 12}
    assert given(bill(range(40, 52))) == {1: 4, 0: 8}
    # Whoever has one already keeps it, whoever told of it.
    assert given(bill(winners[4:])) == {1: 5}
    check_log(nodes[0])


@both_stores
def test_periods_are_given_once_however_many_invoices_want_them_at_once(nodes):
    terms = {"once": {"cadence": "once"}, "thrice": {"cadence": "repeated", "periods": 3}}
    subscribe(nodes[0], "s-1")
    for code, billing in terms.items():
        coupon = nodes[0].coupon(code, discount=off(100), billing=billing)
        attach(nodes[0], "s-1", coupon, starts_at="2026-01-01T00:00:00Z")
    content = {"subscription_id": "s-1", "currency": "USD", "line_items": [{"id": "l1", "amount": 500}]}

    def bill(names, amount=500):
        answers = spread(nodes, len(names), lambda number: ("PUT", f"/v1/invoices/{names[number]}", content | {
            "line_items": [{"id": "l1", "amount": amount}]}))
        assert set(codes(answers)) <= {200, 201, "invoice_finalized"}
        return answers

    def applied():
        entries = [entry for invoice in pages(nodes[0], "/v1/invoices?subscription_id=s-1")
                   if invoice["state"] != "voided" for entry in invoice["applied"]]
        check_associations(nodes[0], "s-1", pages(nodes[0], "/v1/invoices?subscription_id=s-1"))
        return sorted((entry["of"], entry["position"]) for entry in entries)

    whole = [(1, 1), (3, 1), (3, 2), (3, 3)]
    bill([f"i-{number % 20}" for number in range(40)])
    assert applied() == whole
    having = [invoice["id"] for invoice in pages(nodes[0], "/v1/invoices?subscription_id=s-1") if invoice["applied"]]
    spread(nodes, 4 * len(having), lambda number: ("POST", f"/v1/invoices/{having[number // 4]}/void", {}))
    assert applied() == []
    bill([f"j-{number}" for number in range(20)])
    assert applied() == whole
    # Some are frozen while they are told anew: whoever comes second is refused, or changes nothing.
    at_once(2, lambda number: bill([f"j-{place}" for place in range(20)], 700) if number else spread(
        nodes, 20, lambda place: ("POST", f"/v1/invoices/j-{place}/finalize", {})))
    assert applied() == whole
    for invoice in pages(nodes[-1], "/v1/invoices?state=finalized"):
        assert invoice["subtotal"] in (500, 700)
        check_invoice(invoice)
    check_log(nodes[0])


@both_stores
def test_a_use_is_given_back_or_billed_but_never_both(nodes):
    """Somebody detaches a coupon, or calls its only invoice off, at the moment at which another invoice wants it."""
    coupon = nodes[0].coupon("EVER", discount=off(100), billing={"cadence": "forever"})
    names = [f"s-{number}" for number in range(20)]
    line = {"currency": "USD", "line_items": [{"id": "l1", "amount": 500}]}
    attached = {}
    for name in names:
        subscribe(nodes[0], name)
        attached[name] = attach(nodes[0], name, coupon, starts_at="2026-01-01T00:00:00Z")["id"]
    for name in names[10:]:
        draft(nodes[0], f"{name}/first", [500], subscription_id=name)

    def request(number):
        name = names[number // 2]
        if number % 2:
            return "PUT", f"/v1/invoices/{name}%2Fnext", line | {"subscription_id": name}
        if number < 20:
            return "POST", f"/v1/subscriptions/{name}/coupons/{attached[name]}/detach", {"give_back": True}
        return "POST", f"/v1/invoices/{name}%2Ffirst/void", {"give_back": True}

    # Both clients of a subscription are at different nodes, whichever begins.
    answers = spread(nodes, 40, request)
    assert set(codes(answers)) <= {200, 201, "association_used"}
    left = 0
    for name in names:
        association = nodes[-1].call("GET", f"/v1/subscriptions/{name}/coupons")[1]["data"][0]
        assert association["given_back"] == (association["invoices"] == 0), association
        left += association["invoices"] > 0
        check_associations(nodes[0], name, pages(nodes[0], f"/v1/invoices?subscription_id={name}"))
    assert usage(nodes[0], coupon) == left
    check_log(nodes[0])


@both_stores
def test_messages_in_any_order_leave_what_the_last_one_says(nodes):
    subscribe(nodes[0], "s-1")
    coupon = nodes[0].coupon("TENTH", billing={"cadence": "forever"})
    attach(nodes[0], "s-1", coupon, starts_at="2026-01-01T00:00:00Z")
    revisions = random.Random(SEED).sample(range(24), 24)
    answers = spread(nodes, 48, lambda number: (
        ("PUT", "/v1/invoices/i-1", {
            "subscription_id": "s-1", "currency": "USD", "revision": revisions[number // 2],
            "line_items": [{"id": "l1", "amount": 100 * revisions[number // 2]}]}) if number % 2 else
        ("PUT", "/v1/subscriptions/s-1", {
            "customer_id": "customer of s-1", "currency": "USD", "revision": revisions[number // 2],
            "metadata": {"revision": str(revisions[number // 2])}})))
    assert codes(answers) == {201: 1, 200: 47}
    invoice = nodes[-1].call("GET", "/v1/invoices/i-1")[1]
    assert (invoice["revision"], invoice["total"], invoice["discount"]) == (23, 2070, 230)
    stored = nodes[-1].call("GET", "/v1/subscriptions/s-1")[1]
    assert (stored["metadata"], stored["coupons"][0]["discount"]) == ({"revision": "23"}, 230)


@both_stores
def test_one_request_to_attach_that_is_sent_again_under_its_key_attaches_once(nodes):
    subscribe(nodes[0], "s-1")
    coupon = nodes[0].coupon("AGAIN", discount=off(100), billing={"cadence": "forever", "attach_again": True})
    answers = spread(nodes, 20, lambda number: (
        "POST", "/v1/subscriptions/s-1/coupons", {"coupon_id": coupon}, "key-1"))
    assert codes(answers) == {201: 20} and len({answer.body["id"] for answer in answers}) == 1
    assert usage(nodes[-1], coupon) == 1
