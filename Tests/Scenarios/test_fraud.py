"""Whoever abuses coupons is seen, told of and stopped, on every store, by every node, before and after a crash."""

import concurrent.futures
import contextlib
import json
import subprocess
import time
from mailbox import Mailbox

from conftest import serving
from load import check_log
from provider import until
from service import ADMIN_KEY, BINARY, free_port

CART = {"currency": "USD", "lines": [{"id": "l1", "product_id": "p1", "quantity": 1, "unit_price": 5000}]}


def settings(service, **members):
    status, shown = service.call("PUT", "/v1/fraud/settings", members)
    assert status == 200, shown
    return shown


def lock(service, order, codes=("TEN",), **customer):
    return service.call("POST", "/v1/applications", {
        "order_id": order, "codes": list(codes), "customer": customer, "cart": CART})


def cases(service, state="open"):
    status, page = service.call("GET", f"/v1/fraud/cases?state={state}")
    assert status == 200, page
    return page["data"]


def of_type(service, kind):
    return [event for event in service.events() if event["type"] == kind]


def until_score(service, least, order, **customer):
    """Tries locks until what was done before has been read."""
    tries = iter(range(10_000))

    def score():
        status, answer = lock(service, f"{order}-{next(tries)}", **customer)
        if status == 422:
            return 100, answer
        risk = answer["quote"].get("risk", {"score": 0})
        return (risk["score"], answer) if risk["score"] >= least else None
    return until(score)


def test_nobody_looks_until_a_tenant_wants_it(service):
    service.coupon("TEN")
    status, shown = service.call("GET", "/v1/fraud/settings")
    assert (status, shown["version"], shown["mode"], shown["block_at"]) == (200, 0, "off", 80)
    for number in range(30):
        status, answer = lock(service, f"o-{number}", device_id="till")
        assert status == 201 and "risk" not in answer["quote"]
    assert cases(service) == [] and not of_type(service, "SuspiciousUsageDetected")


def test_one_device_with_many_customers_is_blocked_and_told_of_once(nodes):
    service = nodes[0]
    service.coupon("TEN")
    settings(service, mode="on")
    answers = []

    def attack():
        node = nodes[len(answers) % len(nodes)]
        number = len(answers)
        answers.append(lock(node, f"o-{number}", user_id=f"u-{number}", device_id="farm", ip="203.0.113.9"))
        return answers[-1][0] == 422
    until(attack)
    assert answers[0][1]["quote"]["risk"] == {"score": 0, "decision": "pass"}
    blocked = answers[-1][1]
    assert blocked["code"] == "suspected_fraud" and "farm" not in json.dumps(blocked)
    [code] = blocked["errors"]
    assert code["code"] == "suspected_fraud" and not set(code.get("facts", {})) - {"code"}
    # All codes are refused alike, whether there are such coupons or not.
    status, both = lock(service, "o-both", ["TEN", "NO-SUCH"], user_id="u-x", device_id="farm")
    assert status == 422 and {entry["code"] for entry in both["errors"]} == {"suspected_fraud"}
    # Who has nothing to do with it buys as ever.
    status, honest = lock(service, "o-honest", user_id="ann", device_id="phone", ip="198.51.100.7")
    assert status == 201 and honest["quote"]["risk"]["decision"] == "pass"

    [case] = cases(service)
    assert case["suspect"].startswith("device:") and case["severity"] == "high" and case["alerted"] == "high"
    assert case["blocked"] >= 2 and case["latest"]["findings"][0]["points"] > 0
    [alert] = of_type(service, "SecurityAlertRaised")
    assert alert["data"]["suspect"] == case["suspect"] and alert["data"]["response"] == "blocked"
    rejected = [event for event in of_type(service, "CouponRejected") if event["data"]["reason"] == "suspected_fraud"]
    assert rejected and all(event["data"]["screening"]["decision"] == "block" for event in rejected)
    first = of_type(service, "CouponApplied")[0]["data"]["agreement"]["screening"]
    assert first["score"] == 0 and {trait.split(":")[0] for trait in first["traits"]} == {"user", "device", "network"}
    text = json.dumps(service.events())
    assert "farm" not in text and "203.0.113" not in text
    check_log(service)


def test_shadow_mode_tells_and_stops_nobody(service):
    service.coupon("TEN")
    settings(service, mode="shadow")
    until_score(service, 80, "o", user_id="ann", device_id="farm", payment_fingerprint="card")
    for number in range(12):
        lock(service, f"u-{number}", user_id=f"u-{number}", device_id="farm")
    status, answer = lock(service, "last", user_id="u-last", device_id="farm")
    assert status == 201 and answer["quote"]["risk"]["shadow"] is True
    assert cases(service) and of_type(service, "SecurityAlertRaised")
    assert not [event for event in of_type(service, "CouponRejected")]


def test_a_node_that_was_killed_knows_what_the_log_knows(service):
    service.coupon("TEN")
    settings(service, mode="on")
    for number in range(8):
        assert lock(service, f"o-{number}", user_id=f"u-{number}", device_id="farm")[0] in (201, 422)
    service.kill()
    service.start()
    score, _ = until_score(service, 70, "again", user_id="u-new", device_id="farm")
    assert score >= 70


def test_whoever_guesses_codes_is_stopped_even_with_a_code_that_works(service):
    service.coupon("TEN")
    settings(service, mode="on")
    for number in range(20):
        status, _ = lock(service, f"o-{number}", [f"SAVE{number + 10}"], user_id="ann")
        assert status == 422
    assert until_score(service, 100, "real", user_id="ann")[1]["code"] == "suspected_fraud"
    [case] = cases(service)
    assert case["suspect"].startswith("user:")


def test_a_publishable_key_that_guesses_learns_nothing(service):
    service.coupon("TEN")
    settings(service, mode="on", points={"guessed_codes": 100})
    _, made = service.call("POST", "/v1/keys", {"role": "publishable", "name": "web"})
    key = made["secret"]
    question = {"codes": ["TEN"], "cart": CART}
    status, quote = service.call("POST", "/v1/quotes", question, key=key)
    assert status == 200 and quote["discount"] > 0 and "risk" not in quote
    number = 0

    def guess():
        nonlocal number
        number += 1
        # The throttle slows guessers down; a service behind a proxy would see many addresses of one block.
        _, quote = service.call("POST", "/v1/quotes", {"codes": [f"GUESS-{number}-{number}"] , "cart": CART}, key=key)
        return quote["not_applied"][0]["reason"] == "too_many_attempts"
    until(guess)
    status, quote = service.call("POST", "/v1/quotes", question, key=key)
    assert quote["discount"] == 0 and quote["not_applied"][0]["reason"] in ("code_invalid", "too_many_attempts")


def test_reviewers_decide_and_the_lists_follow(service):
    service.coupon("TEN")
    settings(service, mode="on")
    until_score(service, 100, "o", user_id="ann", device_id="till", payment_fingerprint="card")
    [case] = cases(service)
    status, reviewed = service.call("POST", f"/v1/fraud/cases/{case['suspect']}/dismiss",
                                    {"list": True, "note": "the till of the shop"})
    assert (status, reviewed["state"], reviewed["review"]["confirmed"]) == (200, "dismissed", False)
    assert cases(service) == [] and len(cases(service, "dismissed")) == 1
    status, answer = lock(service, "after", user_id="ann", device_id="till", payment_fingerprint="card")
    assert (status, answer["quote"]["risk"]) == (201, {"score": 0, "decision": "pass"})
    assert service.call("GET", "/v1/fraud/settings")[1]["allowed"] == [case["suspect"]]

    status, reviewed = service.call("POST", f"/v1/fraud/cases/{case['suspect']}/confirm",
                                    {"list": True, "release_locks": True, "note": "it was no till"})
    assert (status, reviewed["state"], reviewed["review"]["confirmed"]) == (200, "confirmed", True)
    shown = service.call("GET", "/v1/fraud/settings")[1]
    assert (shown["allowed"], shown["denied"]) == ([], [case["suspect"]])
    assert all(
        service.call("GET", f"/v1/applications/{one}")[1]["state"] == "released" for one in case["applications"])
    assert lock(service, "denied", user_id="ann", device_id="till", payment_fingerprint="card")[0] == 422
    _, precision = service.call("GET", "/v1/fraud/precision")
    assert (precision["confirmed"], precision["dismissed"], precision["precision_percent"]) == (1, 0, 100)
    notes = [event["data"]["note"] for event in of_type(service, "SuspicionReviewed")]
    assert notes == ["the till of the shop", "it was no till"]
    assert service.call("GET", "/v1/fraud/cases/device:0000000000000000")[1]["code"] == "fraud_case_not_found"
    check_log(service)


def test_persons_are_listed_by_what_the_shop_knows_of_them(service):
    service.coupon("TEN")
    settings(service, mode="on")
    status, shown = service.call("POST", "/v1/fraud/lists", {"list": "denied", "customer": {"email": "Ann.Lee@gmail.com"}})
    assert status == 200 and len(shown["denied"]) == 2
    until(lambda: lock(service, "o-1", email="annlee+x@gmail.com")[0] == 422)
    assert lock(service, "o-2", email="bob@gmail.com")[0] == 201
    for wrong in ({}, {"list": "denied"}, {"traits": ["user:0000000000000000"]}, {"list": "nobody", "traits": ["user:0000000000000000"]},
                  {"list": "allowed", "traits": ["user:1"]}):
        assert service.call("POST", "/v1/fraud/lists", wrong)[0] == 422
    listed = shown["denied"]
    assert service.call("POST", "/v1/fraud/lists", {"list": "none", "traits": listed})[1]["denied"] == []


def test_settings_are_refused_by_name_and_versions_are_kept(service):
    for wrong, pointer in (({"mode": "loud"}, "/mode"), ({"block_at": 0}, "/block_at"), ({"block_at": 102}, "/block_at"),
                           ({"points": {"no_rule": 1}}, "/points/no_rule"), ({"points": {"new_account": 101}}, "/points/new_account"),
                           ({"alerts_to": "nobody"}, "/alerts_to"), ({"allowed": ["device:xyz"]}, "/allowed/0"),
                           ({"leak": {"disable_at": "x"}}, "/leak/disable_at"), ({"unknown": 1}, "/unknown")):
        status, problem = service.call("PUT", "/v1/fraud/settings", wrong)
        assert status == 422 and problem["errors"][0]["pointer"] == pointer, problem
    assert lock(service, "o", ip="999.1.1.1")[1]["errors"][0]["pointer"] == "/customer/ip"
    assert settings(service, mode="on")["version"] == 1
    assert settings(service, mode="on")["version"] == 1
    run = subprocess.run([BINARY, "fraud", "settings", "set", "-", "--if-version", "0", "--url", service.url],
                         input=b'{"mode": "shadow"}', capture_output=True, env={"SCRIP_KEY": ADMIN_KEY})
    assert run.returncode != 0 and b"version" in run.stderr
    run = subprocess.run([BINARY, "fraud", "list", "--url", service.url], capture_output=True, env={"SCRIP_KEY": ADMIN_KEY})
    assert run.returncode == 0 and b"SUSPECT" in run.stdout.upper()


def test_an_alert_is_mailed_once(tmp_path):
    mailbox = Mailbox(free_port())
    with contextlib.closing(mailbox.open()), serving(
            tmp_path, 1, SCRIP_SMTP=f"smtp+insecure://127.0.0.1:{mailbox.port}",
            SCRIP_MAIL_FROM="scrip@shop.example") as [service]:
        service.coupon("TEN")
        settings(service, mode="on", alerts_to="security@shop.example")
        until_score(service, 100, "o", user_id="ann", device_id="till", payment_fingerprint="card")
        until(lambda: of_type(service, "SecurityAlertMailed"))
        [mail] = mailbox.to("security@shop.example")
        assert "security alert" in mail["Subject"] and "scrip fraud show " in mail.get_content()
        assert of_type(service, "SecurityAlertMailed")[0]["data"]["sent"] is True


def test_an_order_that_is_kept_here_is_judged_as_locks_are(service):
    service.coupon("TEN")
    settings(service, mode="on")
    until_score(service, 100, "o", user_id="ann", device_id="till", payment_fingerprint="card")
    customer = {"user_id": "ann", "device_id": "till", "payment_fingerprint": "card"}
    order = {"id": "kept", "codes": ["TEN"], "customer": customer, "cart": CART}
    status, problem = service.call("POST", "/v1/orders", order | {"all_or_nothing": True})
    assert (status, problem["code"]) == (422, "suspected_fraud")
    status, kept = service.call("POST", "/v1/orders", order | {"id": "kept-2", "all_or_nothing": False})
    assert status == 201 and kept["discount"] == 0
    assert kept["quote"]["not_applied"][0]["reason"] == "suspected_fraud"
    status, problem = service.call("POST", "/v1/orders/kept-2/change", {"codes": ["TEN"]})
    assert (status, problem["code"]) == (422, "suspected_fraud")


def test_attackers_at_once_open_one_case(nodes):
    service = nodes[0]
    service.coupon("TEN")
    _, shown = service.call("POST", "/v1/fraud/lists", {"list": "denied", "customer": {"device_id": "farm"}})
    settings(service, mode="on", denied=shown["denied"])
    for node in nodes:
        until_score(node, 100, f"w-{node.port}", device_id="farm")

    def attack(number):
        # A machine that has too much to do says so, and is asked again.
        while (status := lock(nodes[number % len(nodes)], f"o-{number}", user_id=f"u-{number}", device_id="farm")[0]) == 503:
            pass
        return status
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(attack, range(200))) == {422}
    [case] = cases(service)
    assert case["attempts"] == case["blocked"] >= 200
    assert len(of_type(service, "SecurityAlertRaised")) == 1
    check_log(service)


def deny(service, **customer):
    status, shown = service.call("POST", "/v1/fraud/lists", {"list": "denied", "customer": customer})
    assert status == 200, shown
    return shown["denied"]


def test_whoever_is_denied_gets_nothing_on_any_way(service):
    service.coupon("TEN")
    settings(service, mode="on")

    def kept(order, codes=("TEN",), **customer):
        status, made = service.call("POST", "/v1/orders", {
            "id": order, "codes": list(codes), "customer": customer, "cart": CART, "ttl_seconds": 60})
        assert status == 201, made
        return made
    kept("good", user_id="good")
    kept("later", user_id="later")
    kept("run-out", user_id="later")
    kept("bare", [], user_id="good", ip="77.7.7.7")
    assert lock(service, "lock", user_id="good")[0] == 201
    deny(service, user_id="bad")
    deny(service, user_id="later")
    deny(service, ip="77.7.7.7")
    # An order becomes somebody else's; a lock does; codes are asked for by whom the order was made.
    assert service.call("POST", "/v1/orders/good/change", {"customer": {"user_id": "bad"}})[1]["code"] == "suspected_fraud"
    bigger = {"order_id": "lock", "codes": ["TEN"], "customer": {"user_id": "bad"},
              "cart": CART | {"lines": [CART["lines"][0] | {"quantity": 20}]}}
    assert service.call("POST", "/v1/applications", bigger)[1]["code"] == "suspected_fraud"
    assert service.call("POST", "/v1/orders/bare/change", {"codes": ["TEN"]})[1]["code"] == "suspected_fraud"
    # What is held stays held, and may be paid.
    assert service.call("POST", "/v1/orders/later/change", {"metadata": {"a": "b"}})[0] == 200
    assert service.call("GET", "/v1/orders/later")[1]["discount"] == 500
    application = service.call("GET", "/v1/applications?order_id=lock")[1]["data"][0]
    assert (application["state"], application["discount"]) == ("locked", 500)
    # A failed order has given its coupons back: to check it out again would lock them again.
    assert service.call("POST", "/v1/orders/run-out/checkout", {})[0] == 200
    assert service.call("POST", "/v1/orders/run-out/fail", {})[0] == 200
    assert service.call("POST", "/v1/orders/run-out/checkout", {})[1]["code"] == "suspected_fraud"
    told = [event["data"]["order_id"] for event in of_type(service, "SuspiciousUsageDetected")]
    assert "run-out" in told
    assert service.call("POST", f"/v1/applications/{application['id']}/redeem", {})[0] == 200
    check_log(service)


def test_confirming_gives_back_what_is_held_also_of_orders_and_of_a_burst(service):
    service.coupon("TEN")
    settings(service, mode="on")
    for number in range(3):
        made = {"id": f"k-{number}", "codes": ["TEN"], "customer": {"device_id": "farm"}, "cart": CART}
        assert service.call("POST", "/v1/orders", made)[0] == 201
        assert lock(service, f"o-{number}", device_id="farm")[0] == 201
    assert service.call("POST", "/v1/orders/k-2/checkout", {})[0] == 200
    [suspect] = deny(service, device_id="farm")
    until_score(service, 100, "late", device_id="farm")
    run = subprocess.run([BINARY, "fraud", "confirm", suspect, "--list", "--release-locks", "--url", service.url],
                         capture_output=True, env={"SCRIP_KEY": ADMIN_KEY})
    assert run.returncode == 0, run.stderr
    for number in range(3):
        held = service.call("GET", f"/v1/applications?order_id=o-{number}")[1]["data"][0]
        assert held["state"] == "released"
        order = service.call("GET", f"/v1/orders/k-{number}")[1]
        assert order["state"] == "failed" if number == 2 else order["discount"] == 0, order
    run = subprocess.run([BINARY, "fraud", "dismiss", suspect, "--note", "a till", "--url", service.url],
                         capture_output=True, env={"SCRIP_KEY": ADMIN_KEY})
    assert run.returncode == 0 and b"dismissed" in run.stdout, run.stderr
    assert service.call("POST", f"/v1/fraud/cases/{suspect}/dismiss", {"release_locks": True})[0] == 422
    shown = subprocess.run([BINARY, "fraud", "settings", "show", "--url", service.url], capture_output=True,
                           env={"SCRIP_KEY": ADMIN_KEY}).stdout
    again = subprocess.run([BINARY, "fraud", "settings", "set", "-", "--url", service.url], input=shown,
                           capture_output=True, env={"SCRIP_KEY": ADMIN_KEY})
    assert again.returncode == 0, again.stderr
    check_log(service)


def test_a_node_that_was_idle_goes_by_new_settings(pair):
    first, second = pair
    first.coupon("TEN")
    settings(first, mode="on")
    assert lock(second, "o-0", user_id="bad")[0] == 201
    deny(first, user_id="bad")
    time.sleep(2)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda number: lock(second, f"b-{number}", user_id="bad")[0], range(16)))
    assert set(found) == {422}


def test_nobody_is_blocked_by_what_others_say_of_them(service):
    service.coupon("TEN")
    settings(service, mode="on")
    _, made = service.call("POST", "/v1/keys", {"role": "publishable", "name": "web"})
    victim = {"user_id": "vic", "email": "victim@gmail.com", "created_at": "2020-01-01T00:00:00Z"}
    # No answer to a stranger tells who is denied.
    denied = deny(service, email="victim@gmail.com")
    ask = {"codes": ["TEN"], "cart": CART}
    plain = service.call("POST", "/v1/quotes", ask, key=made["secret"])[1]
    named = service.call("POST", "/v1/quotes", ask | {"customer": victim}, key=made["secret"])[1]
    assert plain == named and plain["discount"] == 500
    service.call("POST", "/v1/fraud/lists", {"list": "none", "traits": denied})
    for number, spelling in enumerate(["vic.tim@gmail.com", "v.ictim@gmail.com", "victim+1@gmail.com"]):
        assert lock(service, f"s-{number}", email=spelling, device_id=f"d-{number}")[0] in (201, 422)
    for number in range(30):
        lock(service, f"m-{number}", [f"WRONG{number * 37}"], email="victim@gmail.com")
        question = {"codes": [f"WRONG{number * 41}"], "customer": victim, "cart": CART}
        service.call("POST", "/v1/quotes", question, key=made["secret"])
    time.sleep(1)
    status, answer = lock(service, "victims", **victim)
    assert status == 201 and answer["quote"]["risk"]["decision"] == "pass", answer


def test_families_and_spaces_are_no_fraud(service):
    service.coupon("TEN")
    settings(service, mode="on")
    for number, address in enumerate(["ann@example.com", " ann@example.com", "ann@example.com ", "  ann@example.com",
                                      "mailto:ann@example.com", "ANN@example.com"]):
        status, answer = lock(service, f"a-{number}", email=address)
        assert status == 201, answer
    time.sleep(1)
    _, answer = lock(service, "again", email="ann@example.com")
    rules = [case["rule"] for case in cases(service)]
    assert "spellings_of_mailbox" not in rules, rules


def test_messages_of_whoever_is_denied_lock_nothing(service):
    service.coupon("TEN")
    settings(service, mode="on")
    deny(service, user_id="bad")

    def started(order, user):
        message = {"specversion": "1.0", "source": "shop", "id": order, "type": "checkout.started",
                   "data": {"order_id": order, "codes": ["TEN"], "customer": {"user_id": user}, "cart": CART}}
        return service.call("POST", "/v1/inbox", message)[1]["data"][0]
    refused = started("o-1", "bad")
    assert (refused["outcome"], refused["reason"]) == ("refused", "suspected_fraud")
    assert started("o-2", "good")["outcome"] == "done"
    assert service.call("POST", f"/v1/inbox/messages/{refused['message_id']}/replay", {})[1]["outcome"] == "refused"
    assert service.call("GET", "/v1/applications?order_id=o-1")[1]["data"] == []
    check_log(service)
