"""Every event that a service writes is what the schema of its type says, by a validator that is not ours."""

import copy
import json
import subprocess
import time

import jsonschema_rs
import pytest
from provider import payment, set_up, until
from receiver import Receiver, answer
from service import BINARY, free_port, order


def call(service, method, path, body=None):
    status, answer = service.call(method, path, body)
    assert status < 300, answer
    return answer


@pytest.fixture
def written(service, provider):
    """The events of a shop in which nearly everything has happened."""
    coupon = service.coupon("TEN", limits={"total": 50, "per_user": 5, "budget": {"USD": 100_000}})
    other = service.coupon("FIVE", discount={"type": "fixed", "amounts": {"USD": 500}})
    call(service, "PATCH", f"/v1/coupons/{coupon}", {"description": "Ten off", "rules": {"amount": {"min": {"USD": 100}}}})
    call(service, "POST", f"/v1/coupons/{coupon}/codes", {"codes": [{"code": "ANN", "owner": "u-1", "limit": 1}]})
    locks = [call(service, "POST", "/v1/applications", order(number, ["TEN", "FIVE"]))["id"] for number in range(6)]
    changed = {key: value for key, value in order(0, ["TEN"]).items() if key != "order_id"}
    changed["cart"]["lines"][0]["quantity"] = 3
    call(service, "POST", f"/v1/applications/{locks[0]}/change", changed)
    call(service, "POST", f"/v1/applications/{locks[1]}/redeem", {})
    call(service, "POST", f"/v1/applications/{locks[1]}/restore", {"cause": "canceled", "reason": "sent back"})
    call(service, "POST", f"/v1/applications/{locks[2]}/release", {"reason": "payment_failed"})
    call(service, "POST", f"/v1/applications/{locks[3]}/extend", {"ttl_seconds": 3600})
    assert service.call("POST", "/v1/applications", order(9, ["TEN", "ANN"]))[0] >= 400
    call(service, "POST", f"/v1/coupons/{other}/disable", {"reason": "leaked", "revoke_locks": True})
    call(service, "POST", f"/v1/coupons/{other}/archive", {})
    key = call(service, "POST", "/v1/keys", {"role": "server", "name": "shop"})["id"]
    call(service, "POST", f"/v1/keys/{key}/revoke", {})
    call(service, "PATCH", "/v1/settings", {"lock_seconds": 600})
    campaign = call(service, "POST", "/v1/campaigns", {"name": "Winter", "limits": {"total": 100}})["id"]
    call(service, "PATCH", f"/v1/campaigns/{campaign}", {"description": "All that is warm"})
    of_orders(service, campaign)
    of_mails(service)
    of_payments(service, provider)
    of_billing(service)
    of_messages(service)
    of_fraud(service)
    call(service, "DELETE", "/v1/persons/u-1")
    return service.events() + of_sandbox(service)


def of_orders(service, campaign):
    """Orders that are kept here: one that is paid and given back, one that fails and is called off."""
    coupon = call(service, "POST", "/v1/coupons", {
        "name": "Kept", "code": "KEPT", "discount": {"type": "percent", "percent": "10"}, "campaign_id": campaign,
        "stacking": {"policy": "open"}})["id"]
    call(service, "POST", f"/v1/coupons/{coupon}/activate", {})
    for name in ["kept", "lost"]:
        made = {key: value for key, value in order(0, ["KEPT"]).items() if key != "order_id"}
        call(service, "POST", "/v1/orders", {**made, "id": name, "locale": "de-DE", "metadata": {"a": "b"}})
        call(service, "POST", f"/v1/orders/{name}/change", {"codes": []})
        call(service, "POST", f"/v1/orders/{name}/change", {"codes": ["KEPT"]})
        call(service, "POST", f"/v1/orders/{name}/checkout", {})
    call(service, "POST", "/v1/orders/kept/confirm", {"reference": "bank-1"})
    line = made["cart"]["lines"][0]["id"]
    call(service, "POST", "/v1/orders/kept/refund", {"lines": [{"line_id": line, "quantity": 1}], "reason": "broken"})
    call(service, "POST", "/v1/orders/kept/refund-rest", {})
    call(service, "POST", "/v1/orders/lost/fail", {"reason": "declined"})
    call(service, "POST", "/v1/orders/lost/cancel", {"reason": "too late"})


def of_mails(service):
    """An order whose mail is called off, one that is told of by mail, and one whose address is none."""
    call(service, "PATCH", "/v1/settings", {"mail_enabled": True})
    made = {key: value for key, value in order(0, []).items() if key not in ("order_id", "codes")}
    call(service, "POST", "/v1/orders", {**made, "id": "untold", "customer": {"email": "bob@example.com"}})
    call(service, "POST", "/v1/orders/untold/checkout", {})
    call(service, "POST", "/v1/orders/untold/confirm", {})
    task = call(service, "GET", "/v1/tasks")["data"][0]
    call(service, "POST", "/v1/tasks/cancel", {"kind": task["kind"], "key": task["key"], "reason": "no mail server"})
    service.stop()
    service.settings["SCRIP_MAIL_FOLDER"] = str(service.data / "mails")
    service.start()
    path = "/v1/mail-templates/order_paid/fr"
    call(service, "PUT", path, {"subject": "{{order_id}}", "text": "{{total}}", "html": "<p>{{total}}</p>"})
    call(service, "DELETE", path)
    for name, address in [("told", "ann@example.com"), ("silent", "änn@example.com")]:
        made = {key: value for key, value in order(0, []).items() if key not in ("order_id", "codes")}
        call(service, "POST", "/v1/orders", {**made, "id": name, "customer": {"email": address}})
        call(service, "POST", f"/v1/orders/{name}/checkout", {})
        call(service, "POST", f"/v1/orders/{name}/confirm", {})
    deadline = time.monotonic() + 30
    while not {"MailSent", "MailGivenUp"} <= {event["type"] for event in service.events()}:
        assert time.monotonic() < deadline, "no mail was sent"
        time.sleep(0.1)


def of_payments(service, provider):
    """An order whose money a provider sets aside, takes and gives back."""
    service.stop()
    service.settings.update(
        {"SCRIP_STRIPE_URL": provider.lane, "SCRIP_WEBHOOK_ALLOW": "127.0.0.0/8", "SCRIP_WEBHOOK_HTTP": "true"})
    service.start()
    set_up(service, capture="manual", publishable_key="pk_test_1")
    name = "provided"
    made = {key: value for key, value in order(0, []).items() if key not in ("order_id", "codes")}
    call(service, "POST", "/v1/orders", {**made, "id": name})
    identifier = call(service, "POST", f"/v1/orders/{name}/checkout", {})["payment_id"]
    provider.pay(payment(service, identifier, wait=10)["intent"])

    def reaches(state):
        call(service, "POST", f"/v1/payments/{identifier}/check")
        return call(service, "GET", f"/v1/orders/{name}")["state"] == state
    until(lambda: reaches("authorized"))
    call(service, "POST", f"/v1/orders/{name}/capture", {})
    until(lambda: reaches("paid"))
    amended = made["cart"] | {"lines": [made["cart"]["lines"][0] | {"quantity": 1}]}
    call(service, "POST", f"/v1/orders/{name}/amend", {"cart": amended, "reason": "fewer"})
    call(service, "POST", f"/v1/orders/{name}/refund-rest", {})
    until(lambda: "RefundCompleted" in {event["type"] for event in service.events()})
    for refund in provider.refunds(payment(service, identifier)["intent"]):
        provider.fail_refund(refund["id"])

    def tells_of_it():
        call(service, "POST", f"/v1/payments/{identifier}/check")
        return "RefundFailed" in {event["type"] for event in service.events()}
    until(tells_of_it)
    call(service, "PATCH", "/v1/payment-settings", {"provider": "manual"})


def of_billing(service):
    """A subscription with a coupon, an invoice that is frozen and called off, and one with a coupon of its own."""
    for code in ["EVERY", "DIRECT"]:
        coupon = call(service, "POST", "/v1/coupons", {
            "name": code, "code": code, "discount": {"type": "decimal", "amounts": {"USD": "10.5"}},
            "billing": {"cadence": "forever"}, "limits": {"per_user": 5}, "stacking": {"policy": "open"}})["id"]
        call(service, "POST", f"/v1/coupons/{coupon}/activate", {})
    call(service, "PUT", "/v1/subscriptions/sub", {
        "customer_id": "u-1", "currency": "USD", "line_items": [{"id": "seats", "product_id": "pro"}]})
    attached = call(service, "POST", "/v1/subscriptions/sub/coupons", {"code": "EVERY", "apply_now": True})["id"]
    line = {"id": "l1", "amount": "8000.25", "subscription_line_item_id": "seats"}
    bill = {"subscription_id": "sub", "currency": "USD", "line_items": [line], "coupons": [{"code": "DIRECT"}]}
    first = call(service, "PUT", "/v1/invoices/one", bill)
    assert len(first["applied"]) == 2, first
    call(service, "PUT", "/v1/invoices/one", {**bill, "coupons": []})
    call(service, "POST", "/v1/invoices/one/finalize", {"expected_total": 7989})
    call(service, "POST", "/v1/invoices/one/void", {"reason": "wrong"})
    call(service, "POST", f"/v1/subscriptions/sub/coupons/{attached}/detach", {"give_back": True})


def of_messages(service):
    """Endpoints of webhooks, one of which is gone, and where a shop's messages have their parts."""
    receiver = Receiver(free_port()).open()
    receiver.behaviour = lambda handler: answer(handler, 410)
    call(service, "POST", "/v1/webhooks", {"url": receiver.url, "types": ["CampaignDefined"]})
    taken = call(service, "POST", "/v1/webhooks", {"url": receiver.url, "types": ["OrderPaid"]})["id"]
    last = service.events()[-1]["position"]
    call(service, "POST", f"/v1/webhooks/{taken}/replay", {"after": 0, "until": last, "types": ["KeyCreated"]})
    call(service, "DELETE", f"/v1/webhooks/{taken}")
    call(service, "POST", "/v1/campaigns", {"name": "Summer"})
    until(lambda: "WebhookDisabled" in {event["type"] for event in service.events()})
    receiver.close()
    call(service, "PUT", "/v1/inbox/mapping", {"order_id": "/data/number"})


def of_fraud(service):
    """Somebody who is on a list, with an alert that is mailed, and a reviewer."""
    denied = call(service, "POST", "/v1/fraud/lists", {"list": "denied", "customer": {"device_id": "farm"}})["denied"]
    call(service, "PUT", "/v1/fraud/settings", {"mode": "on", "denied": denied, "alerts_to": "security@shop.example"})
    attempt = order(99, ["TEN"]) | {"customer": {"device_id": "farm"}}
    assert service.call("POST", "/v1/applications", attempt)[1]["code"] == "suspected_fraud"
    call(service, "POST", f"/v1/fraud/cases/{denied[0]}/confirm", {"note": "a farm of phones"})
    until(lambda: "SecurityAlertMailed" in {event["type"] for event in service.events()})
    call(service, "PUT", "/v1/fraud/settings", {"mode": "off"})


def of_sandbox(service):
    """The events of a tenant with a clock of its own, which is moved."""

    def scrip(*words):
        return subprocess.run([BINARY, "tenant", *words, "--data", str(service.data)], env=service.environment,
                              check=True, capture_output=True, text=True).stdout

    made = json.loads(scrip("create", "Box", "--tenant", "2", "--test-clock", "2026-01-01T00:00:00Z", "--json"))
    scrip("advance", "2", "2026-02-01T00:00:00Z")
    deadline = time.monotonic() + 30
    while True:
        events = service.ask("GET", "/v1/events?limit=1000", key=made["secret"]).body["data"]
        if any(event["type"] == "TestClockAdvanced" for event in events):
            return events
        assert time.monotonic() < deadline, events
        time.sleep(0.1)


# Members that facts leave out while they have nothing to say.
SPARSE = {"joins", "again", "buyer", "test_clock", "reply", "screening", "shadow", "findings", "opens_again"}
SPARSE_OF = {("InvoicePriced", "before"), ("InvoiceVoided", "before"), ("WebhookReplayed", "after"), ("WebhookReplayed", "until"),
             ("WebhookReplayed", "types")}


def validators(service):
    types = call(service, "GET", "/v1/event-types")["data"]
    return {entry["type"]: jsonschema_rs.validator_for(call(service, "GET", entry["schema"])) for entry in types}


def test_every_event_is_what_its_schema_says(service, written):
    schemas = validators(service)
    for event in written:
        faults = [f"{error.instance_path}: {error.message}" for error in schemas[event["type"]].iter_errors(event)]
        assert faults == [], event
    assert set(schemas) == {event["type"] for event in written}, "some type was not tried"


def test_an_event_without_one_of_its_members_or_with_another_type_is_not(service, written):
    schemas = validators(service)
    for event in {event["type"]: event for event in written}.values():
        for holder in [[], ["data"]]:
            for name in event if not holder else event["data"]:
                if holder and (name in SPARSE or (event["type"], name) in SPARSE_OF):
                    continue
                damaged = copy.deepcopy(event)
                part = damaged[holder[0]] if holder else damaged
                kept = part.pop(name)
                assert not schemas[event["type"]].is_valid(damaged), f"{event['type']} without {name}"
                part[name] = [kept, 0.5]
                assert not schemas[event["type"]].is_valid(damaged), f"{event['type']} with another {name}"
