"""Events are sent to receivers of all kinds: those that verify them, and those that are slow, dead, lying or gone. Nothing is
lost, nobody harms another, and no way leads into the operator's network."""

import os
import re
import sqlite3
import subprocess
import threading
import time

import psycopg
import pytest
from conftest import layout
from provider import until
from receiver import Receiver, answer, cut_short, endless, hang_up, no_http, slow
from service import ADMIN_KEY, BINARY, free_port

WAYS_IN = {"SCRIP_WEBHOOK_ALLOW": "127.0.0.0/8", "SCRIP_WEBHOOK_HTTP": "true"}


@pytest.fixture(params=["sqlite", "postgres"])
def service(request, tmp_path):
    """A service whose webhooks may go to this computer."""
    with layout(request, tmp_path, request.param) as services:
        service = services[0]
        service.stop()
        service.settings.update(WAYS_IN)
        yield service.start()


@pytest.fixture
def receivers():
    opened = []

    def make():
        opened.append(Receiver(free_port()).open())
        return opened[-1]
    yield make
    for receiver in opened:
        receiver.close()


def hook(service, receiver, key=ADMIN_KEY, **terms):
    """An endpoint that the receiver verifies messages of."""
    status, made = service.call("POST", "/v1/webhooks", {"url": receiver.url, **terms}, key=key)
    assert status == 201, made
    receiver.secrets.append(made["secret"])
    return made


def happen(service, count=1, name="sale", key=ADMIN_KEY):
    """So many events: campaigns."""
    for number in range(count):
        status, body = service.call("POST", "/v1/campaigns", {"name": f"{name} {number}"}, key=key)
        assert status == 201, body


def deliveries(service, webhook, **query):
    text = "&".join(f"{name}={value}" for name, value in {"limit": 100, **query}.items())
    return service.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries?{text}")[1]["data"]


def tenant(service, name):
    """A key of a new tenant."""
    return re.search(r"scrip_admin_\w+", service.tool("tenant", "create", name).stdout).group(0)


def names(receiver):
    """The campaigns that the receiver was told of."""
    return [event["data"]["terms"]["name"] for _, event, _ in list(receiver.got)]


def processor_seconds(service):
    fields = open(f"/proc/{service.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rows(service):
    """How much is kept of messages."""
    tables = ("webhook_delivery", "webhook_progress", "webhook_replay")
    if "SCRIP_STORE" in service.settings:
        with psycopg.connect(service.settings["SCRIP_STORE"]) as connection:
            return [connection.execute(f"SELECT count(*) FROM scrip.{table}").fetchone()[0] for table in tables]
    connection = sqlite3.connect(service.data / "scrip.db")
    try:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    finally:
        connection.close()


def outcome(service, webhook):
    """What became of a test message."""
    return service.call("POST", f"/v1/webhooks/{webhook['id']}/test")[1]


def test_events_arrive_signed_with_ids_that_the_log_has(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 20)
    until(lambda: len(receiver.got) == 20)
    assert not receiver.unverified
    log = {event["data"]["terms"]["name"]: event for event in service.events() if event["type"] == "CampaignDefined"}
    for identifier, event, headers in receiver.got:
        assert identifier == event["id"] and event["type"] == "CampaignDefined" and event["specversion"] == "1.0"
        entry = log[event["data"]["terms"]["name"]]
        assert event["position"] == str(entry["position"]) and event["source"] == "urn:scrip:tenant_1"
        assert headers["content-type"].startswith("application/cloudevents+json")
        assert headers["user-agent"].startswith("Scrip/")
    until(lambda: len(deliveries(service, webhook, state="delivered")) == 20)
    kept = deliveries(service, webhook)[0]
    assert kept["status"] == 204 and kept["attempts"] == 1 and kept["milliseconds"] >= 0, kept
    shown = service.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries/{kept['id']}")[1]
    assert shown == kept
    audit = service.tool("rebuild", "--check")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_a_slow_receiver_has_eight_under_way_and_harms_nobody(service, receivers):
    slow_one, quick = receivers(), receivers()
    slow_one.behaviour = slow(3)
    hook(service, slow_one, types=["CampaignDefined"])
    hook(service, quick, types=["CampaignDefined"])
    happen(service, 30)
    until(lambda: len(quick.got) == 30, 30)
    # Three seconds for every eight.
    assert len(slow_one.got) < 30
    until(lambda: len(slow_one.got) >= 16, 30)
    assert slow_one.most_under_way == 8
    until(lambda: len(slow_one.got) == 30, 40)
    assert sorted(slow_one.ids()) == sorted(quick.ids()) and len(set(quick.ids())) == 30


def test_those_that_hang_hold_up_nobody_and_cost_nothing(service, receivers):
    """As many as would take every place that there is: of one tenant's endpoints, and of three tenants'."""
    for key in [ADMIN_KEY] + [tenant(service, f"silent {number}") for number in range(3)]:
        for _ in range(9):
            silent = receivers()
            silent.behaviour = slow(60)
            hook(service, silent, key=key, types=["CampaignDefined"])
        happen(service, 20, key=key)
    quick = receivers()
    hook(service, quick, types=["CampaignDefined"])
    for number in range(5):
        happen(service, name=f"new {number}")
        until(lambda: f"new {number} 0" in names(quick), 8)
    spent, start = processor_seconds(service), time.monotonic()
    time.sleep(5)
    assert (processor_seconds(service) - spent) / (time.monotonic() - start) < 0.5


def test_what_a_dead_receiver_missed_is_sent_once_it_lives(service):
    dead = Receiver(free_port())
    webhook = hook(service, dead, types=["CampaignDefined"])
    happen(service, 2)
    until(lambda: len([entry for entry in deliveries(service, webhook) if entry["failure"] == "unreachable"]) == 2)
    waiting = deliveries(service, webhook, state="waiting")
    assert len(waiting) == 2 and all(entry["next_try_at"] and entry["status"] is None for entry in waiting), waiting
    dead.open()
    try:
        until(lambda: len(dead.got) == 2, 20)
        until(lambda: len(deliveries(service, webhook, state="delivered")) == 2)
        assert {entry["attempts"] for entry in deliveries(service, webhook)} == {2}
    finally:
        dead.close()


def test_redirects_are_not_followed(service, receivers):
    receiver, inner = receivers(), receivers()
    receiver.behaviour = lambda handler: answer(handler, 302, Location=inner.url)
    webhook = hook(service, receiver)
    ended = outcome(service, webhook)
    assert ended["failure"] == "redirected" and ended["status"] == 302, ended
    assert not inner.got and not inner.unverified


@pytest.mark.parametrize("behaviour, failure, status", [
    (endless, None, 200), (cut_short, "cut", None), (hang_up, "cut", None), (no_http, "unreadable", None),
    (lambda handler: answer(handler, 500, b"\x00 sorry " + b"y" * 5000), "refused", 500),
    (lambda handler: answer(handler, 500, b"\xff\x00\xfe" * 1000), "refused", 500),
], ids=["endless", "cut short", "hangs up", "no HTTP", "refuses at length", "is no text"])
def test_what_lies_is_noted_and_bounded(service, receivers, behaviour, failure, status):
    receiver = receivers()
    receiver.behaviour = behaviour
    start = time.monotonic()
    ended = outcome(service, hook(service, receiver))
    assert time.monotonic() - start < 14
    assert (ended["failure"], ended["status"]) == (failure, status), ended
    assert len((ended["response"] or "").encode()) <= 1024, ended
    assert ended["state"] == ("failed" if failure else "delivered")


def test_who_is_gone_is_not_asked_again(service, receivers):
    receiver = receivers()
    receiver.behaviour = lambda handler: answer(handler, 410)
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service)

    def shown():
        return service.call("GET", f"/v1/webhooks/{webhook['id']}")[1]
    until(lambda: not shown()["active"])
    assert shown()["disabled_because"] == "gone"
    ended = [event for event in service.events() if event["type"] == "WebhookDisabled"]
    assert [event["data"]["cause"] for event in ended] == ["gone"]
    assert 'scrip_webhooks_disabled_total{cause="gone"} 1' in service.call("GET", "/metrics")[1]
    status, refused = service.call(
        "POST", f"/v1/webhooks/{webhook['id']}/replay", {"after": 0, "until": 1000})
    assert (status, refused["code"]) == (409, "webhook_not_active")
    # Back again, it gets what it has refused and what it missed.
    receiver.behaviour = lambda handler: answer(handler, 200)
    happen(service, name="later")
    assert len(receiver.got) == 1
    assert [entry["state"] for entry in deliveries(service, webhook)] == ["waiting"]
    status, again = service.call("PATCH", f"/v1/webhooks/{webhook['id']}", {"active": True})
    assert status == 200 and again["disabled_because"] is None, again
    until(lambda: sorted(names(receiver)) == ["later 0", "sale 0", "sale 0"], 20)


def test_what_was_under_way_when_a_receiver_went_is_not_lost(service, receivers):
    receiver = receivers()

    def go(handler):
        time.sleep(0.5)
        answer(handler, 410)
    receiver.behaviour = go
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 20)
    until(lambda: not service.call("GET", f"/v1/webhooks/{webhook['id']}")[1]["active"])
    time.sleep(1)
    receiver.behaviour = lambda handler: answer(handler, 204)
    receiver.got.clear()
    service.call("PATCH", f"/v1/webhooks/{webhook['id']}", {"active": True})
    until(lambda: {f"sale {number}" for number in range(20)} == set(names(receiver)), 30)


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(service, receivers):
    receiver = receivers()
    receiver.behaviour = lambda handler: answer(handler, 503, Retry_After="9")
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service)
    until(lambda: len(receiver.got) == 1)
    receiver.behaviour = lambda handler: answer(handler, 200)
    until(lambda: len(receiver.got) == 2, 25)
    assert receiver.times[1] - receiver.times[0] > 8.9
    assert len(set(receiver.ids())) == 1
    until(lambda: deliveries(service, webhook)[0]["state"] == "delivered")


def test_both_secrets_sign_while_one_is_exchanged(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    status, rotated = service.call("POST", f"/v1/webhooks/{webhook['id']}/rotate", {"overlap_seconds": 3600})
    assert status == 200 and rotated["secret"] not in receiver.secrets
    assert [secret["expires_at"] is None for secret in rotated["secrets"]] == [True, False]
    receiver.secrets.append(rotated["secret"])
    happen(service)
    # The receiver verifies with each of them.
    until(lambda: receiver.got or receiver.unverified)
    assert not receiver.unverified, (receiver.unverified, deliveries(service, webhook), rotated)
    service.call("POST", f"/v1/webhooks/{webhook['id']}/rotate", {"overlap_seconds": 0})
    happen(service)
    until(lambda: len(receiver.unverified) == 1)
    text = str(service.events()) + str(service.call("GET", "/v1/webhooks"))
    assert "whsec_" not in text and "sealed" not in text


def test_events_are_sent_once_more_when_somebody_asks(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 5)
    until(lambda: len(receiver.got) == 5)
    path = f"/v1/webhooks/{webhook['id']}/replay"
    first = receiver.got[0][0]
    assert service.call("POST", path, {"event_ids": [first]}) == (200, {"events": 1})
    until(lambda: len(receiver.got) == 6)
    assert receiver.got[5][0] == first
    positions = sorted(int(event["position"]) for _, event, _ in receiver.got[:5])
    assert service.call("POST", path, {"after": positions[1], "until": positions[3]})[1] == {"events": 2}
    until(lambda: len(receiver.got) == 8)
    assert sorted(int(event["position"]) for _, event, _ in receiver.got[6:]) == positions[2:4]
    assert service.call("POST", path, {"after": 0, "until": 10_000, "types": ["KeyCreated"]})[1]["events"] >= 1
    until(lambda: "KeyCreated" in receiver.types())
    assert {entry["origin"] for entry in deliveries(service, webhook)} == {"event", "replay"}
    for wrong in ({}, {"after": 1}, {"event_ids": ["coupon_x/1"]}, {"event_ids": [first], "after": 1, "until": 2},
                  {"after": 0, "until": 9, "types": ["Nothing"]}):
        status, refused = service.call("POST", path, wrong)
        assert (status, refused["code"]) == (422, "invalid_request"), (wrong, refused)


def test_a_replay_is_decided_once_and_stands_in_the_log(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 3)
    until(lambda: len(receiver.got) == 3)
    path, first = f"/v1/webhooks/{webhook['id']}/replay", receiver.got[0][0]
    answers = [service.ask("POST", path, {"event_ids": [first]}, idempotency="once-more") for _ in range(3)]
    assert [(given.status, given.body) for given in answers] == [(200, {"events": 1})] * 3
    assert [given.headers.get("Idempotency-Replayed") for given in answers] == [None, "true", "true"]
    other = service.ask("POST", path, {"event_ids": [receiver.got[1][0]]}, idempotency="once-more")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    last = service.events()[-1]["position"]
    assert service.call("POST", path, {"after": 0, "until": last + 1000})[1] == {"events": 3}
    until(lambda: len(receiver.got) == 7)
    time.sleep(1)
    assert len(receiver.got) == 7 and receiver.ids().count(first) == 3
    told = [event["data"] for event in service.events() if event["type"] == "WebhookReplayed"]
    assert told == [{"webhook_id": webhook["id"], "events": 1, "event_ids": [first]},
                    {"webhook_id": webhook["id"], "events": 3, "after": 0, "until": last}], told
    audit = service.tool("rebuild", "--check")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_what_is_sent_once_more_does_not_hold_up_what_is_new(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 100)
    until(lambda: len(receiver.got) == 100)
    receiver.behaviour = slow(1)
    path, last = f"/v1/webhooks/{webhook['id']}/replay", service.events()[-1]["position"]
    answers = [service.call("POST", path, {"after": 0, "until": last}) for _ in range(14)]
    assert [status for status, _ in answers[:10]] == [200] * 10
    assert answers[-1][0] == 409 and answers[-1][1]["code"] == "webhook_replays_waiting" and answers[-1][1]["retryable"]
    until(lambda: len(receiver.got) > 110)
    before = len(receiver.got)
    happen(service, name="new")
    until(lambda: "new 0" in names(receiver), 30)
    # More than a thousand are sent once more, at most four of them at a time.
    assert len(receiver.got) - before < 40
    assert receiver.most_under_way <= 8
    # They are noted as there is room, and not all at once.
    assert rows(service)[0] < 700 and rows(service)[2] >= 5


def test_a_test_is_made_once_and_not_beside_another(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, active=False)
    path = f"/v1/webhooks/{webhook['id']}/test"
    answers = [service.ask("POST", path, idempotency="try-it") for _ in range(2)]
    assert answers[0].status == 200 and answers[0].body == answers[1].body, answers
    assert answers[1].headers.get("Idempotency-Replayed") == "true" and len(receiver.got) == 1
    receiver.behaviour = slow(3)
    quick = receivers()
    hook(service, quick, types=["CampaignDefined"])
    statuses, lock = [], threading.Lock()

    def test():
        status, body = service.call("POST", path)
        with lock:
            statuses.append((status, body.get("code")))
    testers = [threading.Thread(target=test) for _ in range(60)]
    for tester in testers:
        tester.start()
    happen(service)
    until(lambda: quick.got, 10)
    for tester in testers:
        tester.join()
    assert set(statuses) == {(200, None), (409, "webhook_test_under_way")} and receiver.most_under_way == 1, statuses


def test_an_old_sealing_key_may_go_once_secrets_are_sealed_again(service, receivers, tmp_path):
    receiver = receivers()
    keys = tmp_path / "exchanged.keys"
    keys.write_text("old " + "5a" * 32 + "\n")

    def restart(text=None):
        service.stop()
        if text:
            keys.write_text(text)
        service.settings["SCRIP_SEALING_KEYS"] = str(keys)
        service.start()
    restart()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    receiver.secrets.append(
        service.call("POST", f"/v1/webhooks/{webhook['id']}/rotate", {"overlap_seconds": 3600})[1]["secret"])
    restart("new " + "6b" * 32 + "\nold " + "5a" * 32 + "\n")
    for _ in range(2):
        ended = subprocess.run(
            [BINARY, "provider", "seal-again"], env=os.environ | {"SCRIP_URL": service.url, "SCRIP_KEY": ADMIN_KEY},
            capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    # Sealed once: the second time there is nothing to do.
    assert service.call("GET", f"/v1/webhooks/{webhook['id']}")[1]["version"] == 3
    restart("new " + "6b" * 32 + "\n")
    happen(service)
    until(lambda: receiver.got or receiver.unverified)
    # The receiver verifies with each of both secrets.
    assert receiver.got and not receiver.unverified, (receiver.unverified, deliveries(service, webhook))
    audit = service.tool("rebuild", "--check")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_nobody_has_more_endpoints_than_may_be_however_they_are_made(request, tmp_path):
    for kind in ("sqlite", "two nodes"):
        folder = tmp_path / kind.replace(" ", "_")
        folder.mkdir()
        with layout(request, folder, kind) as nodes:
            statuses, lock = [], threading.Lock()

            def make(thread):
                for number in range(8):
                    status, body = nodes[thread % len(nodes)].call(
                        "POST", "/v1/webhooks", {"url": f"https://shop.example/{thread}/{number}", "active": False})
                    with lock:
                        statuses.append((status, body.get("code")))
            makers = [threading.Thread(target=make, args=(thread,)) for thread in range(10)]
            for maker in makers:
                maker.start()
            for maker in makers:
                maker.join()
            assert statuses.count((201, None)) == 50 and statuses.count((409, "webhook_limit_reached")) == 30, statuses


def test_a_service_that_dies_sends_again_under_the_same_name(service, receivers):
    receiver = receivers()
    receiver.behaviour = slow(2)
    hook(service, receiver, types=["CampaignDefined"])
    happen(service, 3)
    until(lambda: len(receiver.got) >= 3)
    # All have arrived, and nothing was noted.
    service.kill()
    receiver.behaviour = lambda handler: answer(handler, 204)
    service.start()
    until(lambda: len(receiver.got) >= 6, 40)
    time.sleep(2)
    ids = receiver.ids()
    assert len(ids) == 6 and len(set(ids)) == 3, ids


def test_no_way_leads_into_the_network(service, receivers):
    receiver = receivers()
    service.stop()
    service.settings["SCRIP_WEBHOOK_ALLOW"] = "10.77.0.0/16"
    service.start()
    for host in ("127.0.0.1", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "10.0.0.1", "169.254.169.254", "[::1]",
                 "[::ffff:127.0.0.1]", "[fd00::1]", "[64:ff9b::7f00:1]"):
        status, refused = service.call("POST", "/v1/webhooks", {"url": f"http://{host}:{receiver.port}/"})
        assert (status, refused["code"], refused["errors"][0]["pointer"]) == (422, "invalid_request", "/url"), host
    status, made = service.call("POST", "/v1/webhooks", {"url": f"http://localhost:{receiver.port}/"})
    assert status == 201
    ended = outcome(service, made)
    assert ended["failure"] == "address_refused" and ended["status"] is None, ended
    assert not receiver.got and not receiver.unverified
    assert service.call("POST", "/v1/webhooks", {"url": "http://10.77.0.1/"})[0] == 201


def test_refusals_name_what_is_wrong(service):
    service.stop()
    del service.settings["SCRIP_WEBHOOK_HTTP"]
    service.start()
    for body, pointer in [
        ({}, "/url"), ({"url": "http://shop.example/"}, "/url"), ({"url": "https://me@shop.example/"}, "/url"),
        ({"url": "ftp://shop.example/"}, "/url"), ({"url": "https://shop.example/", "types": ["x"]}, "/types/0"),
        ({"url": "https://shop.example/", "description": ""}, "/description"),
        ({"url": "https://shop.example/", "secret": "x"}, "/secret"),
    ]:
        status, refused = service.call("POST", "/v1/webhooks", body)
        assert (status, refused["errors"][0]["pointer"]) == (422, pointer), (body, refused)
    missing = "/v1/webhooks/webhook_" + "0" * 26
    for method, path in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test"),
                         ("GET", "/deliveries")]:
        body = {} if method == "PATCH" else None
        status, refused = service.call(method, missing + path, body)
        assert (status, refused["code"]) == (404, "webhook_not_found"), (method, path)
    for number in range(50):
        assert service.call("POST", "/v1/webhooks", {"url": f"https://shop.example/{number}", "active": False})[0] == 201
    assert service.call("POST", "/v1/webhooks", {"url": "https://shop.example/"})[1]["code"] == "webhook_limit_reached"
    first = service.call("GET", "/v1/webhooks?limit=1")[1]["data"][0]
    assert service.call("DELETE", f"/v1/webhooks/{first['id']}")[0] == 200
    assert service.call("POST", "/v1/webhooks", {"url": "https://shop.example/"})[0] == 201


def test_an_endpoint_is_taken_away_with_all_that_was_sent_to_it(service, receivers):
    receiver = receivers()
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 3)
    until(lambda: len(receiver.got) == 3)
    assert service.call("DELETE", f"/v1/webhooks/{webhook['id']}")[0] == 200
    happen(service)
    time.sleep(2)
    assert len(receiver.got) == 3
    assert service.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries")[0] == 404
    assert not [task for task in service.call("GET", "/v1/tasks?limit=1000")[1]["data"] if task["kind"] == "webhook"]


def test_nothing_is_kept_of_an_endpoint_that_is_taken_away_while_something_is_sent_to_it(service, receivers, tmp_path):
    receiver = receivers()
    receiver.behaviour = slow(1.5)
    webhook = hook(service, receiver, types=["CampaignDefined"])
    happen(service, 20)
    outcomes = []
    tester = threading.Thread(target=lambda: outcomes.append(
        service.call("POST", f"/v1/webhooks/{webhook['id']}/test")))
    tester.start()
    service.call("POST", f"/v1/webhooks/{webhook['id']}/replay", {"after": 0, "until": 10_000})
    until(lambda: receiver.got)
    assert service.call("DELETE", f"/v1/webhooks/{webhook['id']}")[0] == 200
    tester.join()
    assert (outcomes[0][0], outcomes[0][1]["code"]) == (404, "webhook_not_found")
    until(lambda: rows(service) == [0, 0, 0], 20)
    time.sleep(2)
    assert rows(service) == [0, 0, 0]


def test_the_command_line_does_it_all(service, receivers):
    receiver = receivers()

    def run(*words):
        ended = subprocess.run(
            [BINARY, "webhook", *words], env=os.environ | {"SCRIP_URL": service.url, "SCRIP_KEY": ADMIN_KEY},
            capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout
    made = run("create", receiver.url, "--type", "CampaignDefined", "--description", "for trying out")
    assert "whsec_" in made and "for trying out" in made
    identifier = service.call("GET", "/v1/webhooks")[1]["data"][0]["id"]
    assert "was taken, status 204" in run("test", identifier)
    happen(service)
    until(lambda: len(receiver.got) == 2)
    until(lambda: "delivered" in run("deliveries", identifier))
    assert "1 events are sent once more" in run("replay", identifier, "--event", receiver.got[1][0])
    assert "shown this once" in run("rotate", identifier, "--overlap", "60")
    assert "no" in run("change", identifier, "--active", "no") and "whsec_" not in run("show", identifier)
    assert receiver.url in run("list") and "taken away" in run("remove", identifier)


def test_two_nodes_send_each_event_once(request, tmp_path, receivers):
    receiver = receivers()
    with layout(request, tmp_path, "two nodes") as nodes:
        for node in nodes:
            node.stop()
            node.settings.update(WAYS_IN)
            node.start()
        hook(nodes[0], receiver, types=["CampaignDefined"])
        for number in range(20):
            happen(nodes[number % 2])
        until(lambda: len(receiver.got) >= 20, 30)
        time.sleep(2)
        assert len(receiver.got) == len(set(receiver.ids())) == 20
