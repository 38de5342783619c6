"""Events on their way out: to a broker and into a file, every one of them, in the order of its stream, whatever dies."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest
from broker import Broker
from conftest import serving
from load import Load
from provider import until
from service import BINARY, order


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path / "broker").start()
    yield broker
    broker.stop()


def status(service, relay):
    """What `scrip relay status` says of one relay."""
    lines = relay_verb(service, "status", "--json").stdout.splitlines()
    return next((found for found in map(json.loads, lines) if found["relay"] == relay), None)


def relay_verb(service, *arguments):
    result = subprocess.run(
        [BINARY, "relay", *arguments, "--data", service.data], env=service.environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result


def carried_everything(service, relay):
    found = status(service, relay)
    return found and found["tenants_behind"] == 0


def lines(path):
    text = path.read_text()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def check(events, service):
    """Every event of the log has come, and nothing else; each stream's first arrivals in its order, without a gap."""
    logged = service.events()
    ids = [f"{event['stream']}/{event['sequence']}" for event in logged]
    assert {event["id"] for event in events} == set(ids)
    last, seen = {}, set()
    for event in events:
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        assert int(event["sequence"]) == last.get(event["subject"], 0) + 1, event["id"]
        last[event["subject"]] = int(event["sequence"])
    assert len(seen) == len(ids)


def in_strict_order(events):
    """No event comes behind a later one of its stream, not even a second time."""
    last = {}
    for event in events:
        assert int(event["sequence"]) > last.get(event["subject"], 0), event["id"]
        last[event["subject"]] = int(event["sequence"])


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_a_file_gets_every_event_although_the_service_is_killed_again_and_again(store, request, tmp_path):
    path = tmp_path / "events.ndjson"
    settings = {"SCRIP_RELAY_FILE": str(path)}
    if store == "postgres":
        settings["SCRIP_STORE"] = request.getfixturevalue("database")
    with serving(tmp_path, 1, **settings) as (service,):
        load = Load([service], 7)
        for _ in range(3):
            with load:
                time.sleep(1.5)
                service.kill()
                # What a crash of the machine leaves behind a line that was being written.
                with path.open("a") as file:
                    file.write('{"specversion":"1.0","id":"coupon_torn')
                service.start()
                time.sleep(0.5)
        until(lambda: carried_everything(service, "file"))
        check(lines(path), service)


def test_a_file_that_is_moved_away_is_begun_anew(tmp_path):
    path = tmp_path / "events.ndjson"
    with serving(tmp_path, 1, SCRIP_RELAY_FILE=str(path)) as (service,):
        service.coupon("FIRST")
        until(lambda: carried_everything(service, "file"))
        moved = tmp_path / "moved.ndjson"
        path.rename(moved)
        service.coupon("SECOND")
        until(lambda: path.exists() and carried_everything(service, "file"))
        assert not {event["id"] for event in lines(path)} & {event["id"] for event in lines(moved)}
        check(lines(moved) + lines(path), service)


def test_standard_output_holds_events_and_nothing_else(tmp_path):
    with serving(tmp_path, 1, SCRIP_RELAY_FILE="-") as (service,):
        service.stop()
        output = tmp_path / "output"
        with output.open("wb") as out:
            service.process = subprocess.Popen(
                [BINARY, "serve", "--listen", f"127.0.0.1:{service.port}", "--data", service.data],
                env=service.environment, stdout=out, stderr=subprocess.DEVNULL)
        service.wait_until_ready()
        service.coupon("SHOWN")
        until(lambda: carried_everything(service, "file"))
        shown = lines(output)
        assert "CouponActivated" in [event["type"] for event in shown]


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_a_broker_gets_every_event_although_it_and_the_service_are_killed(store, request, broker, tmp_path):
    settings = {"SCRIP_NATS": broker.url}
    if store == "postgres":
        settings["SCRIP_STORE"] = request.getfixturevalue("database")
    with serving(tmp_path, 1, **settings) as (service,):
        load = Load([service], 11)
        with load:
            time.sleep(1)
            broker.kill()
            bought = load.bought
            time.sleep(2)
            # Nobody notices that it is away.
            assert load.bought > bought and not load.turned_down
            broker.start()
            time.sleep(1.5)
            service.kill()
            service.start()
            time.sleep(1)
            broker.pause()
            time.sleep(2)
            broker.resume()
        until(lambda: carried_everything(service, "nats"), 90)
        messages = broker.messages()
        events = [event for _, _, event in messages]
        check(events, service)
        in_strict_order(events)
        # Each message names the one before it, but for the first of a connection, which counts them.
        named = [headers.get("Nats-Expected-Last-Msg-Id") for _, headers, _ in messages[1:]]
        followed = [before["id"] for _, _, before in messages[:-1]]
        assert sum(name is not None for name in named) > len(named) * 0.9
        assert all(name in (None, before) for name, before in zip(named, followed))
        counted = [(place, headers) for place, (_, headers, _) in enumerate(messages)
                   if "Nats-Expected-Last-Msg-Id" not in headers]
        assert counted and all(headers["Nats-Expected-Last-Sequence"] == str(place) for place, headers in counted)
        for subject, headers, event in messages:
            kind = event["subject"].split("_")[0]
            assert subject == f"scrip.tenant_1.{kind}.{event['type']}"
            assert headers["Nats-Msg-Id"] == event["id"]
            assert headers["Content-Type"] == "application/cloudevents+json"


def test_what_fails_is_told_by_relay_status(tmp_path):
    broker = Broker(tmp_path / "broker")
    with serving(tmp_path, 1, SCRIP_NATS=broker.url) as (service,):
        service.coupon("WAITING")
        found = until(lambda: (found := status(service, "nats")) and found["reason"] and found)
        assert "not reached" in found["reason"] and found["tenants_behind"] == 1 and found["positions_behind"] > 0
        broker.start()
        try:
            until(lambda: carried_everything(service, "nats"), 90)
            check([event for _, _, event in broker.messages()], service)
        finally:
            broker.stop()


def test_an_event_that_is_too_large_for_the_broker_is_waited_with_and_never_passed_over(tmp_path):
    broker = Broker(tmp_path / "broker", "max_payload: 2048").start()
    try:
        with serving(tmp_path, 1, SCRIP_NATS=broker.url) as (service,):
            service.coupon("LARGE", metadata={f"note {number}": "x" * 400 for number in range(20)})
            service.coupon("BEHIND")
            found = until(lambda: (found := status(service, "nats")) and found["reason"] and found)
            assert "max_payload" in found["reason"]
            sent = [event["data"].get("name") for _, _, event in broker.messages()]
            assert "BEHIND" not in sent
            broker.kill()
            broker.settings = "max_payload: 1000000"
            broker.start()
            until(lambda: carried_everything(service, "nats"), 90)
            events = [event for _, _, event in broker.messages()]
            check(events, service)
            in_strict_order(events)
    finally:
        broker.stop()


def test_what_somebody_else_puts_into_the_stream_holds_up_nothing(broker, tmp_path):
    with serving(tmp_path, 1, SCRIP_NATS=broker.url) as (service,):
        service.coupon("FIRST")
        until(lambda: carried_everything(service, "nats"))

        async def meddle(client):
            await client.jetstream().publish("scrip.strange", b"{}", headers={"Nats-Msg-Id": "strange"})

        for number in range(5):
            broker.do(meddle)
            service.coupon(f"NEXT{number}")
        until(lambda: carried_everything(service, "nats"))
        check([event for subject, _, event in broker.messages() if subject != "scrip.strange"], service)


def locked(service, prefix, count):
    for number in range(count):
        status, answer = service.call("POST", "/v1/applications", order(f"{prefix}{number}", ["TEN"]))
        assert status == 201, answer


@pytest.mark.parametrize("loss", ["older", "emptied", "deleted"])
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_what_a_broker_has_lost_comes_again_before_anything_new(store, loss, request, tmp_path):
    broker = Broker(tmp_path / "broker").start()
    settings = {"SCRIP_NATS": broker.url}
    if store == "postgres":
        settings["SCRIP_STORE"] = request.getfixturevalue("database")
    try:
        with serving(tmp_path, 1, **settings) as (service,):
            service.coupon("TEN")
            other = service.call("POST", "/v1/test-clocks", {"name": "other", "now": "2026-01-01T00:00:00Z"})[1]["tenant_id"]
            locked(service, "a", 20)
            until(lambda: carried_everything(service, "nats"))
            broker.process.terminate()
            broker.process.wait()
            shutil.copytree(broker.folder / "kept", tmp_path / "older")
            broker.start()
            locked(service, "b", 20)
            until(lambda: carried_everything(service, "nats"), 90)
            if loss == "deleted":
                async def delete(client):
                    await client.jetstream().delete_stream("SCRIP")
                broker.do(delete)
            else:
                broker.kill()
                shutil.rmtree(broker.folder / "kept")
                if loss == "older":
                    shutil.copytree(tmp_path / "older", broker.folder / "kept")
                broker.start()
            locked(service, "c", 20)
            until(lambda: len(arrived(broker)) >= len(service.events()), 90)
            until(lambda: carried_everything(service, "nats"), 90)
            events = [event for _, _, event in broker.messages()]
            mine = [event for event in events if event["source"] == "urn:scrip:tenant_1"]
            check(mine, service)
            in_strict_order(mine)
            # Another tenant's, who says nothing more, were lost as well.
            theirs = [event for event in events if event["source"] == f"urn:scrip:{other}"]
            assert theirs and theirs[0]["sequence"] == "1"
            assert "scrip_relay_losses_total" in service.call("GET", "/metrics")[1]
    finally:
        broker.stop()


def arrived(broker):
    return {event["id"] for _, _, event in broker.messages()}


def test_what_an_operator_takes_out_of_a_stream_does_not_come_again(broker, tmp_path):
    with serving(tmp_path, 1, SCRIP_NATS=broker.url) as (service,):
        service.coupon("TEN")
        locked(service, "a", 5)
        until(lambda: carried_everything(service, "nats"))

        async def purge(client):
            await client.jetstream().purge_stream("SCRIP")

        before = len(service.events())
        broker.do(purge)
        broker.kill()
        broker.start()
        locked(service, "b", 5)
        until(lambda: carried_everything(service, "nats"), 90)
        events = [event for _, _, event in broker.messages()]
        assert {event["id"] for event in events} == {
            f"{event['stream']}/{event['sequence']}" for event in service.events()[before:]}


def test_a_broker_takes_again_what_an_operator_has_carried_again(broker, tmp_path):
    with serving(tmp_path, 1, SCRIP_NATS=broker.url) as (service,):
        service.coupon("TEN")
        locked(service, "a", 5)
        until(lambda: carried_everything(service, "nats"))
        once = [event["id"] for _, _, event in broker.messages()]
        for turn in (1, 2):
            relay_verb(service, "rewind", "nats")
            until(lambda: len(broker.messages()) == (turn + 1) * len(once), 90)
            again = broker.messages()[turn * len(once):]
            # The event's own name is the same for ever; the message's says that it is another one.
            assert [event["id"] for _, _, event in again] == once
            assert [headers["Nats-Msg-Id"] for _, headers, _ in again] == [f"{name}.{turn}" for name in once]
        until(lambda: carried_everything(service, "nats"))
        found = status(service, "nats")
        assert found["reason"] is None and found["attempts"] == 0
        service.coupon("MORE")
        until(lambda: carried_everything(service, "nats"))
        check([event for _, _, event in broker.messages()], service)


def test_a_user_of_the_broker_may_do_no_more_than_the_documentation_says(tmp_path):
    allowed = documented("events.md", "a relay's user")
    settings = """authorization { users: [ { user: root, password: root }, { user: scrip, password: word, permissions: {
        publish: %s, subscribe: ["_INBOX.>"] } } ] }"""
    broker = Broker(tmp_path / "broker", settings % json.dumps(allowed)).start()
    password = tmp_path / "password"
    password.write_text("word")
    try:
        with serving(tmp_path, 1, SCRIP_NATS=broker.url, SCRIP_NATS_USER="scrip",
                     SCRIP_NATS_PASSWORD_FILE=str(password)) as (service,):
            service.coupon("TEN")
            until(lambda: carried_everything(service, "nats"), 60)
            locked(service, "a", 5)
            until(lambda: carried_everything(service, "nats"), 60)
            broker.kill()
            broker.settings = settings % json.dumps([one for one in allowed if "INFO" not in one])
            broker.start()
            locked(service, "b", 5)
            found = until(lambda: (found := status(service, "nats")) and "INFO" in (found["reason"] or "") and found, 60)
            assert "$JS.API.STREAM.INFO.SCRIP" in found["reason"]
            broker.kill()
            shutil.rmtree(broker.folder / "kept")
            broker.settings = settings % json.dumps(allowed)
            broker.start()
            until(lambda: carried_everything(service, "nats"), 90)
            check([event for _, _, event in broker.messages(user="root", password="root")], service)
    finally:
        broker.stop()


@pytest.mark.parametrize(("settings", "words"), [
    ({"SCRIP_NATS": "nats://127.0.0.1:99999"}, "must be like nats://"),
    ({"SCRIP_NATS": "nats://127.0.0.1:4222,"}, "must be like nats://"),
    ({"SCRIP_NATS": "nats://127.0.0.1:"}, "must be like nats://"),
    ({"SCRIP_NATS": "nats://[::1]:0"}, "must be like nats://"),
    ({"SCRIP_NATS": "nats://127.0.0.1:4222", "SCRIP_NATS_CREDENTIALS": "{tmp}/half"}, "USER NKEY SEED"),
    ({"SCRIP_NATS": "nats://127.0.0.1:4222", "SCRIP_NATS_INBOX_STREAM": "S", "SCRIP_NATS_INBOX_SUBJECT": "a..b"}, "a..b"),
    ({"SCRIP_NATS": "nats://127.0.0.1:4222", "SCRIP_NATS_INBOX_STREAM": "S", "SCRIP_NATS_INBOX_SUBJECT": ">.a"}, ">.a"),
    ({"SCRIP_RELAY_FILE": "{tmp}"}, "is a folder"),
    ({"SCRIP_RELAY_FILE": "{tmp}/pipe"}, "is no file"),
])
def test_settings_that_can_never_work_are_refused_at_the_start(settings, words, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "half").write_text("-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n")
    environment = {**os.environ, **{name: text.replace("{tmp}", str(tmp_path)) for name, text in settings.items()}}
    result = subprocess.run(
        [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")], env=environment,
        capture_output=True, text=True, timeout=30)
    assert result.returncode != 0 and words in result.stderr, result.stderr


def test_the_reason_why_a_file_gets_nothing_is_the_systems(tmp_path):
    path = tmp_path / "away" / "events.ndjson"
    with serving(tmp_path, 1, SCRIP_RELAY_FILE=str(path)) as (service,):
        service.coupon("WAITING")
        found = until(lambda: (found := status(service, "file")) and found["reason"] and found)
        assert found["reason"] == f"events can't be written to {path}: No such file or directory"
        path.parent.mkdir()
        until(lambda: carried_everything(service, "file"))
        check(lines(path), service)


def test_no_event_is_too_large_for_a_brokers_usual_limit(broker, tmp_path):
    with serving(tmp_path, 1, SCRIP_NATS=broker.url) as (service,):
        coupon = service.coupon("FIRST")
        codes = [{"code": f"A-VERY-LONG-CODE-{number:06}", "owner": "u" * 150} for number in range(5000)]
        status_, answer = service.call("POST", f"/v1/coupons/{coupon}/codes", {"codes": codes})
        assert status_ in (200, 201), answer
        until(lambda: carried_everything(service, "nats"))
        events = [event for _, _, event in broker.messages()]
        check(events, service)
        added = [event for event in events if event["type"] == "CodesAdded"]
        assert len(added) > 2 and all(len(json.dumps(event)) < 512 << 10 for event in added)
        assert sum(len(event["data"]["codes"]) for event in added) == 5001
        assert service.tool("audit", "verify").returncode == 0


def documented(page, what):
    """The permissions that a page lists: the lines of the code block behind a comment."""
    text = (pathlib.Path(__file__).parents[2] / "docs" / page).read_text()
    block = text.split(f"# {what}", 1)[1].split("```", 1)[0]
    return [line.strip() for line in block.splitlines() if line.strip()]


def test_events_are_carried_again_when_an_operator_wants_it(tmp_path):
    path = tmp_path / "events.ndjson"
    with serving(tmp_path, 1, SCRIP_RELAY_FILE=str(path)) as (service,):
        service.coupon("FIRST")
        until(lambda: carried_everything(service, "file"))
        middle = service.events()[-1]["position"]
        service.coupon("SECOND")
        until(lambda: carried_everything(service, "file"))
        before = lines(path)
        assert "events of 0 tenants" in relay_verb(service, "rewind", "file", "--after", str(middle + 10 ** 6)).stdout
        relay_verb(service, "rewind", "file", "--after", str(middle))
        behind = [event for event in service.events() if event["position"] > middle]
        until(lambda: len(lines(path)) == len(before) + len(behind))
        assert lines(path)[:len(before)] == before
        relay_verb(service, "rewind", "file")
        until(lambda: len(lines(path)) == 2 * len(before) + len(behind))
        check(lines(path), service)


def test_a_rebuild_leaves_relays_where_they_are(tmp_path):
    path = tmp_path / "events.ndjson"
    with serving(tmp_path, 1, SCRIP_RELAY_FILE=str(path)) as (service,):
        service.coupon("KEPT")
        until(lambda: carried_everything(service, "file"))
        before = lines(path)
        service.stop()
        for arguments in (["--check"], []):
            result = subprocess.run(
                [BINARY, "rebuild", *arguments, "--data", service.data], env=service.environment, capture_output=True,
                text=True)
            assert result.returncode == 0 and "what the log says" in result.stdout, result.stdout + result.stderr
        service.start()
        service.coupon("NEW")
        until(lambda: carried_everything(service, "file"))
        assert lines(path)[:len(before)] == before
        check(lines(path), service)
        assert len(lines(path)) == len(service.events())


def holder(nodes):
    """The node that has the relay, as the nodes' metrics tell."""
    for node in nodes:
        if node.process.poll() is None and 'scrip_relay_held{relay="nats"} 1' in node.call("GET", "/metrics")[1]:
            return node
    return None


def test_one_node_at_a_time_carries_and_another_takes_over_when_it_dies(broker, database, tmp_path):
    with serving(tmp_path, 2, SCRIP_STORE=database, SCRIP_NATS=broker.url) as nodes:
        load = Load(nodes, 13)
        with load:
            first = until(lambda: holder(nodes))
            assert [node for node in nodes if 'relay="nats"} 1' in node.call("GET", "/metrics")[1]
                    .split("scrip_relay_held", 1)[1].split("# HELP")[0]] == [first]
            time.sleep(1)
            first.kill()
            other = next(node for node in nodes if node is not first)
            began = time.monotonic()
            until(lambda: holder([other]))
            # The lease is 10 s long, and whoever rests looks every 5 s.
            assert time.monotonic() - began < 45
            first.start()
            time.sleep(1)
        until(lambda: carried_everything(other, "nats"), 90)
        events = [event for _, _, event in broker.messages()]
        check(events, other)
        in_strict_order(events)


def test_a_node_that_slept_through_its_lease_brings_no_disorder(broker, database, tmp_path):
    with serving(tmp_path, 2, SCRIP_STORE=database, SCRIP_NATS=broker.url) as nodes:
        load = Load(nodes, 17, pause=0.005)
        with load:
            for _ in range(2):
                first = until(lambda: holder(nodes))
                other = next(node for node in nodes if node is not first)
                time.sleep(0.5)
                first.process.send_signal(signal.SIGSTOP)
                try:
                    until(lambda: holder([other]), 40)
                    time.sleep(1)
                finally:
                    first.process.send_signal(signal.SIGCONT)
                time.sleep(1)
        until(lambda: carried_everything(nodes[0], "nats"), 90)
        events = [event for _, _, event in broker.messages()]
        check(events, nodes[0])
        in_strict_order(events)


def test_a_broker_asks_for_a_password_and_proves_its_name(tmp_path):
    for name, subject in [("ca", "/CN=test authority"), ("server", "/CN=localhost")]:
        subprocess.run(
            ["openssl", "req", "-x509" if name == "ca" else "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject,
             "-keyout", tmp_path / f"{name}.key", "-out", tmp_path / (f"{name}.pem" if name == "ca" else f"{name}.csr")]
            + (["-days", "2"] if name == "ca" else []), check=True, capture_output=True)
    (tmp_path / "names").write_text("subjectAltName=DNS:localhost")
    subprocess.run(
        ["openssl", "x509", "-req", "-in", tmp_path / "server.csr", "-CA", tmp_path / "ca.pem", "-CAkey",
         tmp_path / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", tmp_path / "names", "-out",
         tmp_path / "server.pem"], check=True, capture_output=True)
    settings = (f'tls {{ cert_file: "{tmp_path}/server.pem", key_file: "{tmp_path}/server.key" }}\n'
                'authorization { user: scrip, password: "s3cret word" }')
    broker = Broker(tmp_path / "broker", settings).start()
    password = tmp_path / "password"
    password.write_text("s3cret word\n")
    right = {"SCRIP_NATS": f"tls://localhost:{broker.port}", "SCRIP_NATS_USER": "scrip",
             "SCRIP_NATS_PASSWORD_FILE": str(password), "SCRIP_NATS_CA": str(tmp_path / "ca.pem")}
    wrong = tmp_path / "wrong"
    wrong.write_text("guess")
    faults = [{"SCRIP_NATS_PASSWORD_FILE": str(wrong)}, {"SCRIP_NATS": f"tls://127.0.0.1:{broker.port}"},
              {"SCRIP_NATS_CA": "/etc/ssl/certs/ca-certificates.crt"}]
    try:
        with serving(tmp_path, 1, **right) as (service,):
            service.coupon("SECRET")
            until(lambda: carried_everything(service, "nats"))
            service.stop()
            for fault in faults:
                service.settings.update(right | fault)
                service.start()
                service.coupon(f"MORE{len(service.events())}")
                found = until(lambda: (found := status(service, "nats")) and found["tenants_behind"] and found["reason"] and found)
                assert "s3cret" not in found["reason"] and "guess" not in found["reason"]
                service.stop()
            service.settings.update(right)
            service.start()
            until(lambda: carried_everything(service, "nats"), 90)
    finally:
        broker.stop()
