"""The provider of one test, the customers who pay there, and what a shop asks of it."""

import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request

from service import Unanswered

WEBHOOK_SECRET = "whsec_of_the_tests"
CARD = "4242424242424242"
DECLINED = "4000000000000341"


class Provider:
    """The provider of one test, its faults, and the customers who pay at it."""

    def __init__(self, outside):
        self.lane = f"{outside}/stripe/scenario{random.randrange(1 << 60)}"

    def ask(self, method, path, **fields):
        data = urllib.parse.urlencode(fields).encode() if method == "POST" else None
        request = urllib.request.Request(
            self.lane + path, data=data, method=method, headers={"Authorization": "Bearer sk_test_customers"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def tell(self, path, body):
        request = urllib.request.Request(self.lane + path, data=json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def look(self, path):
        with urllib.request.urlopen(self.lane + path, timeout=30) as answer:
            return json.load(answer)

    def fault(self, on, fault, times=1):
        self.tell("/fault", {"on": on, "fault": fault, "times": times})

    def pay(self, intent, card=CARD):
        """A customer pays in the browser."""
        method = self.ask("POST", "/v1/payment_methods", **{
            "type": "card", "card[number]": card, "card[exp_month]": 12, "card[exp_year]": 2039, "card[cvc]": 123})
        try:
            return self.ask("POST", f"/v1/payment_intents/{intent}/confirm", payment_method=method["id"])["status"]
        except urllib.error.HTTPError as error:
            assert error.code in (400, 402), error
            return "refused"

    def refunds(self, intent):
        return self.ask("GET", f"/v1/refunds?payment_intent={intent}&limit=100")["data"]

    def fail_refund(self, refund):
        """A bank would not have a refund after it had been made."""
        self.tell("/failed", {"refund": refund})

    def books(self):
        """What every intent of this lane has brought and given back, by the payment that it is labelled with."""
        books = {}
        for created in self.look("/made"):
            intent = self.ask("GET", f"/v1/payment_intents/{created}")
            refunds = self.ask("GET", f"/v1/refunds?payment_intent={created}&limit=100")
            page = refunds["data"]
            while refunds["has_more"]:
                refunds = self.ask(
                    "GET", f"/v1/refunds?payment_intent={created}&limit=100&starting_after={page[-1]['id']}")
                page += refunds["data"]
            books.setdefault(intent["metadata"]["scrip_payment"], []).append(
                (intent["amount_received"], sum(refund["amount"] for refund in page if refund["status"] != "failed"),
                 intent["status"]))
        return books


def set_up(service, capture="automatic", **settings):
    status, body = service.call("PATCH", "/v1/payment-settings", {
        "provider": "stripe", "secret_key": "sk_test_of_the_shop", "webhook_secrets": [WEBHOOK_SECRET],
        "capture": capture, **settings})
    assert status == 200, body


def check_out(service, name, code="TEN"):
    """An order of three pieces, of which one takes 299 cents."""
    cart = {"currency": "USD", "lines": [{"id": "l1", "product_id": "p1", "quantity": 3, "unit_price": 333}]}
    body = {"id": name, "codes": [code], "customer": {"user_id": f"u-{name}"}, "cart": cart}
    assert service.call("POST", "/v1/orders", body, idempotency=f"{name}/create")[0] == 201
    status, order = service.call("POST", f"/v1/orders/{name}/checkout", {}, idempotency=f"{name}/checkout")
    assert status == 200, order
    return order["payment_id"]


def payment(service, identifier, wait=0):
    status, body = service.call("GET", f"/v1/payments/{identifier}?wait_seconds={wait}")
    assert status == 200, body
    return body


def until(condition, seconds=60):
    """What a condition gives once it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except Unanswered:
            pass
        time.sleep(0.1)
    raise AssertionError("it never came to that")
