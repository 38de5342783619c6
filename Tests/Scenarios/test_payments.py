"""Orders are paid through a provider while the service dies at every step: the provider's own books, the orders, their
coupons and what is given back agree afterwards."""

import hashlib
import hmac
import json
import os
import random
import threading
import time
import urllib.error
import urllib.request

import pytest
from conftest import serving
from provider import DECLINED, WEBHOOK_SECRET, check_out, payment, set_up, until
from service import Unanswered


def send_event(service, intent, identifier, secret=WEBHOOK_SECRET, seconds_ago=0, refund=None):
    """The provider tells of something; the status that it is answered with."""
    thing = {"object": "payment_intent", "id": intent, "metadata": {"scrip_payment": identifier}}
    if refund:
        thing = {"object": "refund", "id": refund["id"], "payment_intent": intent, "metadata": refund["metadata"]}
    body = json.dumps({"object": "event", "type": "payment_intent.succeeded", "data": {"object": thing}})
    moment = int(time.time()) - seconds_ago
    code = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        service.url + "/v1/webhooks/stripe/tenant_1", data=body.encode(),
        headers={"Content-Type": "application/json", "Stripe-Signature": f"t={moment},v1={code}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def settle(service, names):
    """Waits until nothing is to be asked of the provider any more."""
    def is_settled():
        for name in names:
            identifier = service.call("GET", f"/v1/orders/{name}")[1]["payment_id"]
            about = payment(service, identifier)
            if about["state"] not in ("succeeded", "canceled", "failed") or about["refunded"] < about["refund_due"]:
                service.call("POST", f"/v1/payments/{identifier}/check")
                return False
        return not [task for task in service.call("GET", "/v1/tasks?limit=1000")[1]["data"]
                    if task["kind"] in ("payment", "refund")]
    try:
        until(is_settled, 90)
    except AssertionError:
        left = service.call("GET", "/v1/tasks?limit=1000")[1]["data"]
        raise AssertionError(f"it is still to be done: {left}") from None


def check_books(service, provider, coupon, names):
    """Orders, payments, coupons and the provider's books tell one story."""
    books = provider.books()
    paid = 0
    for name in names:
        order = service.call("GET", f"/v1/orders/{name}")[1]
        used = service.call("GET", f"/v1/applications/{order['application_id']}")[1]["state"]
        entries = books.pop(order["payment_id"], [])
        received, refunded = sum(entry[0] for entry in entries), sum(entry[1] for entry in entries)
        about = payment(service, order["payment_id"])
        assert about["refunded"] == about["refund_due"] == refunded, (name, about, entries)
        if order["state"] in ("paid", "partly_refunded", "refunded"):
            paid += 1
            assert received == order["total"] == 899 and used == "redeemed", (name, order["state"], entries, used)
            assert refunded == order["refunded"], (name, entries)
        else:
            assert order["state"] in ("failed", "cancelled"), (name, order["state"])
            assert received == refunded and used == "released", (name, entries, used)
        assert len([entry for entry in entries if entry[0]]) <= 1, (name, entries)
    # Intents that nobody was told of were never paid.
    assert all(entry[0] == 0 for entries in books.values() for entry in entries), books
    uses = service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
    assert uses == {"locked": 0, "redeemed": paid}, uses
    audit = service.tool("audit", "verify")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    rebuild = service.tool("rebuild", "--check")
    assert rebuild.returncode == 0, rebuild.stdout + rebuild.stderr


@pytest.fixture
def shop(request, service, provider):
    """A service that reaches the provider, with a coupon of a dollar."""
    service.stop()
    service.settings["SCRIP_STRIPE_URL"] = provider.lane
    service.start()
    service.coupon_id = service.coupon("TEN", discount={"type": "fixed", "amounts": {"USD": 100}})
    set_up(service)
    return service


def test_a_checkout_is_paid_through_the_provider_and_a_message_tells_of_it(shop, provider):
    identifier = check_out(shop, "o-1")
    about = payment(shop, identifier, wait=10)
    assert about["state"] == "open" and about["client_secret"].startswith(about["intent"])
    assert send_event(shop, about["intent"], identifier, secret="whsec_of_somebody_else") == 400
    assert send_event(shop, about["intent"], identifier, seconds_ago=400) == 400
    assert provider.pay(about["intent"], DECLINED) == "refused"
    assert shop.call("GET", "/v1/orders/o-1")[1]["state"] == "processing"
    assert provider.pay(about["intent"]) == "succeeded"
    for _ in range(3):
        until(lambda: send_event(shop, about["intent"], identifier) == 200)
    until(lambda: shop.call("GET", "/v1/orders/o-1")[1]["state"] == "paid", 3)
    assert payment(shop, identifier)["client_secret"] is None
    assert shop.call("POST", "/v1/orders/o-1/refund", {"lines": [{"line_id": "l1", "quantity": 1}]})[0] == 200
    assert shop.call("POST", "/v1/orders/o-1/cancel", {})[1]["code"] == "order_partly_refunded"
    assert shop.call("POST", "/v1/orders/o-1/refund-rest", {})[0] == 200
    settle(shop, ["o-1"])
    check_books(shop, provider, shop.coupon_id, ["o-1"])
    log = shop.log()
    for secret in ("sk_test_of_the_shop", WEBHOOK_SECRET, about["client_secret"]):
        assert secret not in log
        assert secret not in json.dumps(shop.events())


def test_a_refund_that_a_bank_would_not_have_days_later_is_made_again(shop, provider):
    identifier = check_out(shop, "o-1")
    intent = payment(shop, identifier, wait=10)["intent"]
    assert provider.pay(intent) == "succeeded"
    settle(shop, ["o-1"])
    assert shop.call("POST", "/v1/orders/o-1/refund", {"lines": [{"line_id": "l1", "quantity": 1}]})[0] == 200
    settle(shop, ["o-1"])
    (refund,) = provider.refunds(intent)
    for _ in range(2):
        assert send_event(shop, intent, identifier, refund=refund) == 200
    assert [event["type"] for event in shop.events()].count("RefundFailed") == 0
    provider.fail_refund(refund["id"])
    until(lambda: send_event(shop, intent, identifier, refund=refund) == 200)
    settle(shop, ["o-1"])
    for _ in range(3):
        until(lambda: send_event(shop, intent, identifier, refund=refund) == 200)
    assert sorted(found["status"] for found in provider.refunds(intent)) == ["failed", "succeeded"]
    assert [event["type"] for event in shop.events()].count("RefundFailed") == 1
    check_books(shop, provider, shop.coupon_id, ["o-1"])


def test_money_given_back_by_hand_at_the_provider_counts(shop, provider):
    identifier = check_out(shop, "o-1")
    intent = payment(shop, identifier, wait=10)["intent"]
    assert provider.pay(intent) == "succeeded"
    settle(shop, ["o-1"])
    provider.ask("POST", "/v1/refunds", payment_intent=intent, amount=500)
    assert shop.call("POST", "/v1/orders/o-1/refund-rest", {})[1]["by_provider"] == 899
    settle(shop, ["o-1"])
    assert sorted(found["amount"] for found in provider.refunds(intent)) == [399, 500]
    check_books(shop, provider, shop.coupon_id, ["o-1"])


# What each state of a payment is brought to, and what goes on there when the service dies: the request that the provider
# holds before it does it, or after. None: nothing is under way.
STEPS = {
    "starting": [("payment_intents", "hold_before"), ("payment_intents", "hold_after")],
    "open": [("look", "hold_before"), ("look", "hold_after"), None],
    "processing": [None],
    "authorized": [None],
    "capturing": [("capture", "hold_before"), ("capture", "hold_after")],
    "cancelling": [("cancel", "hold_before"), ("cancel", "hold_after")],
    "succeeded": [("refunds", "hold_before"), ("refunds", "hold_after"), None],
    "canceled": [None],
    "failed": [None],
}


def lead_to(service, provider, name, state, hold):
    """Brings an order's payment to a state, and has the provider hold what is asked there next."""
    if state == "starting":
        provider.fault(*hold)
        check_out(service, name)
        return
    manual = state in ("authorized", "capturing")
    set_up(service, "manual" if manual else "automatic")
    if state == "failed":
        provider.fault("payment_intents", "declined")
        identifier = check_out(service, name)
        until(lambda: payment(service, identifier)["state"] == "failed")
        return
    identifier = check_out(service, name)
    intent = payment(service, identifier, wait=10)["intent"]

    def reach(wanted):
        service.call("POST", f"/v1/payments/{identifier}/check")
        return payment(service, identifier)["state"] == wanted

    if state == "open":
        provider.pay(intent)
        if hold:
            provider.fault(*hold)
            service.call("POST", f"/v1/payments/{identifier}/check")
        return
    if state in ("cancelling", "canceled"):
        if hold:
            provider.fault(*hold)
        assert service.call("POST", f"/v1/orders/{name}/fail", {})[0] == 200
        if state == "canceled":
            until(lambda: reach("canceled"))
        return
    if state == "processing":
        provider.tell("/status", {"intent": intent, "status": "processing"})
        until(lambda: reach("processing"))
        provider.tell("/status", {"intent": intent, "status": None})
        provider.pay(intent)
        return
    provider.pay(intent)
    if manual:
        until(lambda: reach("authorized"))
        if state == "capturing":
            provider.fault(*hold)
            assert service.call("POST", f"/v1/orders/{name}/capture", {})[0] == 200
        return
    until(lambda: reach("succeeded"))
    if hold:
        provider.fault(*hold)
        assert service.call("POST", f"/v1/orders/{name}/refund", {"lines": [{"line_id": "l1", "quantity": 1}]})[0] == 200


def kill_at_every_step(service, survivor, provider):
    """Brings one order to each step, kills the service with all of them under way, and has another go on."""
    document = service.call("GET", "/v1/openapi.json")[1]
    assert set(document["components"]["schemas"]["PaymentState"]["enum"]) == set(STEPS)
    names, held = [], 0
    for state, holds in STEPS.items():
        for number, hold in enumerate(holds):
            name = f"{state}-{number}"
            names.append(name)
            lead_to(service, provider, name, state, hold)
            if hold:
                held += 1
                until(lambda: len(provider.look("/held")) == held)
    service.kill()
    provider.tell("/release", {})
    if survivor is service:
        service.start()
    # Time may have been a shop's, too: what waits for it is told now.
    for name in names:
        order = survivor.call("GET", f"/v1/orders/{name}")[1]
        if order["state"] == "authorized":
            survivor.call("POST", f"/v1/orders/{name}/capture", {})
    def pay_what_is_open():
        for name in names:
            identifier = survivor.call("GET", f"/v1/orders/{name}")[1]["payment_id"]
            about = payment(survivor, identifier)
            if about["state"] == "open":
                provider.pay(about["intent"])
        return all(payment(survivor, survivor.call("GET", f"/v1/orders/{name}")[1]["payment_id"])["state"] != "starting"
                   for name in names)
    until(pay_what_is_open)
    pay_what_is_open()
    settle(survivor, names)
    check_books(survivor, provider, survivor.coupon_id, names)


def test_kill_9_at_every_step_of_a_payment_loses_no_money_and_no_coupon(shop, provider):
    kill_at_every_step(shop, shop, provider)


def test_another_node_takes_over_every_step_of_one_that_was_killed(database, tmp_path, provider):
    settings = {"SCRIP_STORE": database, "SCRIP_STRIPE_URL": provider.lane}
    with serving(tmp_path, 2, **settings) as (first, second):
        # The second one looks on until the first is gone, so that all that is under way is the first one's.
        second.stop()
        first.coupon_id = first.coupon("TEN", discount={"type": "fixed", "amounts": {"USD": 100}})
        second.coupon_id = first.coupon_id
        set_up(first)
        original = first.kill

        def kill():
            original()
            second.start()
        first.kill = kill
        kill_at_every_step(first, second, provider)


def test_buyers_pay_refund_and_give_up_while_the_service_dies_again_and_again(shop, provider):
    rounds, seed = int(os.environ.get("SCRIP_CRASHES", "6")), random.randrange(1 << 32)
    print(f"seed {seed}")
    names, stop = [], threading.Event()

    def buy(number):
        chance, count = random.Random(seed * 10 + number), 0

        def say(method, path, body=None, key=None):
            while True:
                try:
                    answer = shop.ask(method, path, body, idempotency=key)
                except Unanswered:
                    time.sleep(0.05)
                    continue
                if answer.status < 500:
                    return answer.body
                time.sleep(0.05)
        while not stop.is_set():
            count += 1
            name = f"b-{number}-{count}"
            cart = {"currency": "USD", "lines": [{"id": "l1", "product_id": "p1", "quantity": 3, "unit_price": 333}]}
            say("POST", "/v1/orders", {"id": name, "codes": ["TEN"], "customer": {"user_id": name}, "cart": cart},
                f"{name}/1")
            identifier = say("POST", f"/v1/orders/{name}/checkout", {}, f"{name}/2")["payment_id"]
            names.append(name)
            about = say("GET", f"/v1/payments/{identifier}?wait_seconds=5")
            if about["state"] != "open" or chance.random() < 0.3:
                say("POST", f"/v1/orders/{name}/fail", {}, f"{name}/3")
                continue
            provider.pay(about["intent"])
            for _ in range(50):
                say("POST", f"/v1/payments/{identifier}/check")
                if stop.is_set() or say("GET", f"/v1/orders/{name}")["state"] == "paid":
                    break
                time.sleep(0.1)
            if chance.random() < 0.5:
                say("POST", f"/v1/orders/{name}/refund", {"lines": [{"line_id": "l1", "quantity": 1}]}, f"{name}/4")

    for on in ("payment_intents", "look", "cancel", "refunds"):
        provider.fault(on, "cut_after", 2)
        # A 500 is repeated under its key; a refund has another one only after ten minutes.
        provider.fault(on, "status_503" if on == "refunds" else "status_500", 1)
    buyers = [threading.Thread(target=buy, args=(number,), daemon=True) for number in range(4)]
    for buyer in buyers:
        buyer.start()
    for _ in range(rounds):
        time.sleep(random.uniform(0.3, 1.0))
        shop.kill()
        shop.start()
    stop.set()
    for buyer in buyers:
        buyer.join(60)
        assert not buyer.is_alive()

    provider.tell("/calm", {})

    def give_up_what_is_open():
        for name in names:
            identifier = shop.call("GET", f"/v1/orders/{name}")[1]["payment_id"]
            if payment(shop, identifier)["state"] in ("starting", "open"):
                shop.call("POST", f"/v1/orders/{name}/fail", {})
        return True
    until(give_up_what_is_open)
    settle(shop, names)
    check_books(shop, provider, shop.coupon_id, names)
    assert len(names) >= len(buyers)
