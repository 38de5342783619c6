"""What callers may name and what they may not, at its ends: clear answers, and everything can be read afterwards."""

import contextlib
import itertools
import json

import pytest
from billing import attach, batch, check_invoice, draft, off, pages, segment, subscribe
from load import check_log

MOST = 2**53 - 1
NAMES = ["café", "cafe\u0301", "a/b", "a%2Fb", "100%", "😀", "x" * 200, "😀" * 200, "a?b#c", "a b",
         "it's \"so\"", "\\", "..", "a\tb", "ﬀ", "ff", "null"]
NO_NAMES = ["x" * 201, " ", "\u200b", "a\0b"]
TELLING = {"s": ("PUT", "/v1/subscriptions/{}", {"customer_id": "c-1", "currency": "USD"}),
           "i": ("PUT", "/v1/invoices/{}", {"currency": "USD", "line_items": [{"id": "l1", "amount": 100}]})}


@pytest.fixture
def say(service):
    """Says something over one connection; no answer may ever be that the service broke."""
    with contextlib.closing(service.connection()) as connection:
        def say(method, path, body=None):
            answer = service.ask(method, path, body, connection=connection)
            assert answer.status < 500, (method, path, body, answer.body)
            if answer.status >= 400:
                assert answer.body["code"] and answer.body["detail"] and answer.body["status"] == answer.status
            return answer
        yield say


def refused_at(answer):
    """Where a request is wrong, as its answer says."""
    assert (answer.status, answer.body["code"]) == (422, "invalid_request"), answer.body
    assert all(error["code"] and error["message"] for error in answer.body["errors"]), answer.body
    return {error["pointer"] for error in answer.body["errors"]}


def test_names_are_told_apart_by_their_bytes_and_can_be_read_back(service, say):
    coupon = service.coupon("EVER", discount=off(10), billing={"cadence": "forever"})
    for name in NAMES:
        content = {"customer_id": name, "currency": "USD", "line_items": [{"id": name, "product_id": name}],
                   "phases": [{"id": name, "starts_at": "2026-01-01T00:00:00Z"}], "metadata": {name[:40]: name}}
        made = say("PUT", f"/v1/subscriptions/{segment(name)}", content)
        assert (made.status, made.body["id"]) == (201, name), made.body
        assert {member: made.body[member] for member in ("customer_id", "metadata")} == {
            "customer_id": name, "metadata": {name[:40]: name}}
        attached = attach(service, name, coupon, line_item_id=name, phase_id=name, metadata={"": name})
        assert attached["line_item_id"] == attached["phase_id"] == attached["metadata"][""] == name
    for number, name in enumerate(NAMES):
        line = {"id": name, "amount": 100 + number, "subscription_line_item_id": name, "product_id": name,
                "categories": [name[:100]]}
        invoice = draft(service, f"{number} of {name}"[:200], [line], status=(201,), subscription_id=name)
        assert invoice["line_items"][0] == line | {"subtotal": 100 + number, "discount": 10, "taxable": 90 + number}
        assert batch(service, [{"op": "finalize", "id": invoice["id"]}])[0]["invoice"]["total"] == 90 + number
    for number, name in enumerate(NAMES):
        stored = say("GET", f"/v1/subscriptions/{segment(name)}").body
        assert (stored["id"], stored["coupons"][0]["invoices"]) == (name, 1)
        listed = pages(service, f"/v1/invoices?subscription_id={segment(name)}")
        assert [(invoice["customer_id"], invoice["total"]) for invoice in listed] == [(name, 90 + number)]
        assert say("GET", f"/v1/invoices/{segment(listed[0]['id'])}").body == listed[0]
    assert len(pages(service, "/v1/invoices")) == len(NAMES)
    check_log(service)


def test_what_is_no_name_is_refused(say):
    for name in NO_NAMES:
        for method, path, body in TELLING.values():
            assert 400 <= say(method, path.format(segment(name)), body).status < 500
            assert say("GET", path.format(segment(name))).status == 404
        for member, content in (("id", TELLING["i"][2]), ("customer_id", TELLING["i"][2])):
            assert refused_at(say("POST", "/v1/invoices/preview", content | {member: name})) == {f"/{member}"}
        assert refused_at(say("PUT", "/v1/invoices/i", {
            "currency": "USD", "line_items": [{"id": name, "amount": 1}]})) == {"/line_items/0/id"}


def test_a_subscription_an_invoice_and_an_order_may_have_one_name(service, say):
    cart = {"currency": "USD", "lines": [{"id": "l1", "product_id": "p1", "quantity": 3, "unit_price": 333}]}
    tellings = [*TELLING.values(), ("POST", "/v1/orders", {"codes": [], "customer": {"user_id": "u-1"}, "cart": cart})]
    for number, order in enumerate(itertools.permutations(tellings)):
        for method, path, body in order:
            name = f"thing-{number}"
            body = body | ({"id": name} if method == "POST" else {})
            answer = service.ask(method, path.format(name), body)
            assert answer.status == 201, (method, path, answer.body)
    coupon = service.coupon("EVER", discount=off(10), billing={"cadence": "forever"})
    for method, path, body in TELLING.values():
        kind = path.split("/")[2].removesuffix("s")
        answer = service.ask(method, path.format(kind + "_" + coupon.partition("_")[2]), body)
        assert answer.status == 201, (method, path, answer.body)
    check_log(service)


AMOUNTS = {
    MOST: MOST, -MOST: -MOST, str(MOST): MOST, f"-{MOST}": -MOST, "0.00000001": 0, "0.5": 1, "-0.5": -1, "-2.5": -3,
    "2.49999999": 2, "1012.345678": 1012, "-0": 0, 0: 0}
NO_AMOUNTS = [
    MOST + 1, -MOST - 1, str(MOST + 1), f"{MOST}.00000001", "0.000000001", "1e3", "", " 1", "+1", "1.", ".5", "-",
    "1,5", "٣", "NaN", "9" * 300, 1.5, True, None, [], {}]


def test_amounts_at_the_ends_of_their_range(service, say):
    for number, (amount, subtotal) in enumerate(AMOUNTS.items()):
        assert draft(service, f"amount-{number}", [amount], status=(201,))["total"] == subtotal, amount
    for amount in NO_AMOUNTS:
        answer = say("PUT", "/v1/invoices/none", {"currency": "USD", "line_items": [{"id": "l1", "amount": amount}]})
        assert refused_at(answer) == {"/line_items/0/amount"}, amount
    for amounts in ([MOST, 1], [-MOST, -1], [MOST, "0.5"]):
        answer = say("PUT", "/v1/invoices/over", {"currency": "USD", "line_items": [
            {"id": str(place), "amount": amount} for place, amount in enumerate(amounts)]})
        assert (answer.status, answer.body["code"]) == (422, "amount_overflow")
    half = service.coupon("HALF", discount={"type": "percent", "percent": "50"}, billing={"cadence": "forever"})
    rest = service.coupon("REST", discount=off(MOST), billing={"cadence": "forever"})
    exact = service.coupon("EXACT", billing={"cadence": "forever"}, discount={
        "type": "decimal", "amounts": {"USD": f"{MOST - 1}.49999999"}})
    cents = {"HALF": 2**52, "REST": MOST, "EXACT": MOST - 1}
    for name, coupon in {"HALF": half, "REST": rest, "EXACT": exact}.items():
        invoice = draft(service, name, [MOST], coupons=[{"coupon_id": coupon}])
        check_invoice(invoice)
        assert invoice["discount"] == cents[name]
        subscribe(service, f"s-{name}")
        attach(service, f"s-{name}", coupon, starts_at="2026-01-01T00:00:00Z")
        assert draft(service, f"{name}-0", [MOST], subscription_id=f"s-{name}")["discount"] == cents[name]
        # No coupon gives more than can be told, to however many invoices.
        line = {"id": "l1", "amount": MOST}
        for path, more in ((f"/v1/invoices/{name}-1", {}), ("/v1/invoices/preview", {"cycles": 60})):
            answer = say("PUT" if not more else "POST", path, {
                "currency": "USD", "subscription_id": f"s-{name}", "line_items": [line], **more})
            for shown in answer.body.get("data", [answer.body]):
                assert (shown["discount"], shown["not_applied"][0]["code"]) == (0, "exceeds_amount")
        association = say("GET", f"/v1/subscriptions/s-{name}").body["coupons"][0]
        assert (association["invoices"], association["discount"]) == (1, cents[name])
    # A credit leaves nothing to take from.
    invoice = draft(service, "credit", [MOST, -MOST], coupons=[{"coupon_id": half}])
    assert invoice["discount"] == 0 and invoice["not_applied"][0]["code"] == "no_effect"
    check_log(service)


def test_five_hundred_lines_with_fifty_coupons(service, say):
    subscribe(service, "s-1")
    percent = {"type": "percent", "percent": "1"}
    coupons = [service.coupon(f"C{number}", discount=percent, billing={"cadence": "forever"}) for number in range(51)]
    for coupon in coupons[:50]:
        attach(service, "s-1", coupon)
    refused = say("POST", "/v1/subscriptions/s-1/coupons", {"coupon_id": coupons[50]})
    assert refused.status == 409 and refused.body["code"] == "too_many_coupons"
    lines = [{"id": f"l{number}", "amount": 1000 + number} for number in range(501)]
    content = {"subscription_id": "s-1", "currency": "USD"}
    assert refused_at(say("PUT", "/v1/invoices/i-1", content | {"line_items": lines})) == {"/line_items"}
    left = sum(line["amount"] for line in lines[:500])
    for _ in range(50):
        left -= (left + 50) // 100
    invoice = draft(service, "i-1", lines[:500], **content)
    check_invoice(invoice)
    assert (len(invoice["applied"]), invoice["total"]) == (50, left)
    assert say("GET", "/v1/invoices/i-1").body == invoice
    assert say("POST", "/v1/invoices/i-1/finalize", {"expected_total": left}).status == 200
    named = [{"code": f"NONE{number}"} for number in range(11)]
    content = {"currency": "USD", "line_items": lines[:1]}
    assert refused_at(say("PUT", "/v1/invoices/i-2", content | {"coupons": named})) == {"/coupons"}
    invoice = say("PUT", "/v1/invoices/i-2", content | {"coupons": named[:10]}).body
    assert [(entry["coupon"], entry["code"]) for entry in invoice["not_applied"]] == [
        (place, "unknown_code") for place in range(10)]
    check_log(service)


def test_notes_up_to_their_size(service, say):
    notes = {f"{number:02}" + "é" * 38: "😀" * 500 for number in range(50)}
    wrong = [notes | {"one more": ""}, {"x" * 41: ""}, {"x": "y" * 501}, {"x": 1}, {"x": None}, {"x": {}}, {"x": "\0"},
             [], "x"]
    subscribe(service, "s-1", metadata=notes)
    coupon = service.coupon("EVER", discount=off(10), billing={"cadence": "forever"})
    assert attach(service, "s-1", coupon, metadata=notes)["metadata"] == notes
    assert draft(service, "i-1", [100], metadata=notes)["metadata"] == notes
    for metadata in wrong:
        for method, path, body in [
                ("PUT", "/v1/subscriptions/s-2", TELLING["s"][2]), ("PUT", "/v1/invoices/i-2", TELLING["i"][2]),
                ("POST", "/v1/subscriptions/s-1/coupons", {"coupon_id": coupon})]:
            pointers = refused_at(say(method, path, body | {"metadata": metadata}))
            assert all(pointer.startswith("/metadata") for pointer in pointers), (metadata, pointers)
    for path in ("/v1/subscriptions/s-1", "/v1/invoices/i-1"):
        assert say("GET", path).body["metadata"] == notes
    assert say("GET", "/v1/subscriptions/s-2").status == say("GET", "/v1/invoices/i-2").status == 404
    check_log(service)


ODD = [True, 0, -1, 1.5, MOST + 1, "", "x", "x" * 300, [], [1], [[]], [{}], {}, {"x": 1}, "2026-02-30T00:00:00Z",
       "9999-12-31T23:59:59Z", "-0001-01-01T00:00:00Z", "\0", None]
WHOLE = {
    "s": {"customer_id": "c-1", "currency": "USD", "status": "active", "line_items": [{"id": "l1", "product_id": "p1"}],
          "phases": [{"id": "p", "starts_at": "2026-01-01T00:00:00Z", "ends_at": None}],
          "current_period_start": "2026-01-01T00:00:00Z", "revision": 1, "metadata": {}},
    "a": {"coupon_id": "coupon_0", "line_item_id": "l1", "phase_id": "p", "starts_at": "2026-01-01T00:00:00Z",
          "ends_at": "2026-02-01T00:00:00Z", "apply_now": False, "priority": 1, "metadata": {}},
    "i": {"subscription_id": None, "customer_id": "c-1", "currency": "USD", "date": "2026-01-01T00:00:00Z",
          "line_items": [{"id": "l1", "amount": 100, "subscription_line_item_id": "l1", "product_id": "p1",
                          "categories": ["c"], "discountable": True}],
          "coupons": [{"code": "NONE", "line_item_id": "l1"}], "revision": 1, "expected_discount": 0, "metadata": {}}}
# Where a member may be told to be wrong besides its own place, because of what it stands beside.
COUPLED = {"/coupon_id": ["/code"], "/starts_at": ["/ends_at", "/apply_now"],
           "/phases/0/starts_at": ["/phases/0/ends_at"], "/line_items/0/id": ["/coupons"]}
PATHS = {"s": ("PUT", "/v1/subscriptions/odd-{}"), "a": ("POST", "/v1/subscriptions/base/coupons"),
         "i": ("PUT", "/v1/invoices/odd-invoice-{}")}


def variants(whole):
    """Every member with every odd value, members of the first entries of lists included."""
    for member, value in whole.items():
        for odd in ODD:
            yield f"/{member}", whole | {member: odd}
        if isinstance(value, list):
            for inner in value[0]:
                for odd in ODD:
                    yield f"/{member}/0/{inner}", whole | {member: [value[0] | {inner: odd}]}


def test_wrong_types_are_told_by_their_place(service, say):
    coupon = service.coupon("EVER", discount=off(10), billing={"cadence": "forever", "attach_again": True})
    subscribe(service, "base", **{name: WHOLE["s"][name] for name in ("line_items", "phases")})
    counts = {}
    for kind, (method, path) in PATHS.items():
        whole = WHOLE[kind] | ({"coupon_id": coupon} if kind == "a" else {})
        for number, (place, body) in enumerate(variants(whole)):
            answer = say(method, path.format(number), body)
            counts[kind, answer.status] = counts.get((kind, answer.status), 0) + 1
            if answer.status == 422 and answer.body["code"] == "invalid_request":
                places = [place, *COUPLED.get(place, [])]
                assert all(any(pointer.startswith(part) or part.startswith(pointer) for part in places)
                           for pointer in refused_at(answer)), (place, answer.body)
            if answer.status == 201:
                assert service.call("GET", answer.headers["Location"])[0] == 200
    assert all(counts[kind, 201] > 8 and counts[kind, 422] > 50 for kind in PATHS), counts
    for invoice in pages(service, "/v1/invoices"):
        check_invoice(invoice)
    assert service.events()
    check_log(service)


def test_a_line_of_a_run_that_is_wrong_stops_no_other(service):
    good = [{"id": f"i-{number}", "currency": "USD", "line_items": [{"id": "l1", "amount": number}]}
            for number in range(3)]
    wrong = [{}, [], "x", None, 7, {"id": "i-9"}, {"id": "i-9", "op": "erase"}, {"op": "finalize", "id": "none"},
             {"op": "void", "id": "i-0", "give_back": "yes"}, good[0] | {"more": 1}, good[0] | {"id": "x" * 201},
             good[0] | {"id": "i-9", "subscription_id": "none"}, {"op": "finalize", "id": "i-1", "expected_total": 2}]
    answers = batch(service, good + wrong + good)
    assert [answer["status"] for answer in answers[:3] + answers[-3:]] == [201] * 3 + [200] * 3
    for line, answer in zip(wrong, answers[3:-3]):
        assert 400 <= answer["status"] < 500 and answer["problem"]["status"] == answer["status"], (line, answer)
        assert answer["problem"]["code"] in {
            "invalid_request", "invoice_not_found", "subscription_not_found", "total_changed"}, (line, answer)
        name = line.get("id") if isinstance(line, dict) else None
        assert answer["id"] == (name if name and len(name) < 201 else None), (line, answer)
    assert sorted(invoice["total"] for invoice in pages(service, "/v1/invoices")) == [0, 1, 2]
    check_log(service)


@pytest.mark.parametrize("size", [900_000, 1_100_000])
def test_a_request_of_a_run_is_no_larger_than_a_body_may_be(service, size):
    line = {"id": "i-1", "currency": "USD", "line_items": [{"id": "l1", "amount": 1}],
            "metadata": {f"{number}": "x" * 500 for number in range(50)}}
    lines = [line] * (size // len(json.dumps(line)))
    if size < 1024 * 1024:
        assert {answer["status"] for answer in batch(service, lines)} <= {200, 201}
    else:
        with pytest.raises(AssertionError, match="content_too_large"):
            batch(service, lines)
    assert len(batch(service, [{"op": "finalize", "id": "i-2"}] * 2000)) == 2000
    with pytest.raises(AssertionError, match="2000"):
        batch(service, [{"op": "finalize", "id": "i-2"}] * 2001)
