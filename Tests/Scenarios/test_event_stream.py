"""Events as they happen: nothing is missed and nothing comes twice, whatever happens to the service."""

import http.client
import json
import threading
import time

import jsonschema_rs
import pytest
from cloudevents.core.formats.json import JSONFormat
from provider import until
from service import ADMIN_KEY, Unanswered, order


class Reader(threading.Thread):
    """Reads a service's stream, and comes back behind the last event whenever it is cut."""

    def __init__(self, services, start=0, query=""):
        super().__init__(daemon=True)
        self.services = services
        self.last = start
        self.query = query
        self.got = []
        self.is_over = False
        self.start()

    def run(self):
        turn = 0
        while not self.is_over:
            service = self.services[turn % len(self.services)]
            turn += 1
            try:
                self.read(service)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def read(self, service):
        connection = service.connection(timeout=5)
        headers = {"Authorization": f"Bearer {ADMIN_KEY}", "Last-Event-ID": str(self.last)}
        connection.request("GET", "/v1/events/stream" + self.query, headers=headers)
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        event = {}
        while line := answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif "id" in event:
                self.got.append(event)
                self.last = int(event["id"])
                event = {}
            if self.is_over:
                break
        connection.close()

    def end(self):
        self.is_over = True
        self.join(20)
        return self.got


def work(service, first, count):
    """Takes so many locks; what gets no answer is asked again."""
    for number in range(first, first + count):
        deadline = time.monotonic() + 60
        while True:
            try:
                service.ask("POST", "/v1/applications", order(number, ["TEN"]), idempotency=f"work-{number}")
                break
            except Unanswered:
                assert time.monotonic() < deadline, "the service does not come back"
                time.sleep(0.05)


def same(service, got):
    """What was read is the log, each event once and in its order."""
    log = [event for event in service.events()]
    assert [int(event["id"]) for event in got] == [event["position"] for event in log]
    for event, listed in zip(got, log):
        cloud = json.loads(event["data"])
        assert event["event"] == cloud["type"] == listed["type"]
        assert cloud["id"] == f"{listed['stream']}/{listed['sequence']}"
        assert (cloud["subject"], cloud["sequence"]) == (listed["stream"], str(listed["sequence"]))
        assert (cloud["time"], cloud["data"]) == (listed["at"], listed["data"])
    return log


def test_a_reader_that_comes_back_misses_nothing(nodes):
    nodes[0].coupon("TEN")
    reader = Reader(nodes)
    for turn in range(4):
        workers = [threading.Thread(target=work, args=(node, 1000 * turn + 100 * place, 30))
                   for place, node in enumerate(nodes)]
        for worker in workers:
            worker.start()
        time.sleep(0.3)
        nodes[turn % len(nodes)].kill()
        nodes[turn % len(nodes)].start()
        for worker in workers:
            worker.join()
    until(lambda: reader.got and int(reader.got[-1]["id"]) == nodes[0].events()[-1]["position"], 30)
    log = same(nodes[0], reader.end())
    assert len(log) > 100
    places = {}
    for event in log:
        assert event["sequence"] == places.get(event["stream"], 0) + 1
        places[event["stream"]] = event["sequence"]


def test_every_event_is_a_cloudevent_for_others_too(service):
    coupon = service.coupon("TEN")
    work(service, 0, 3)
    service.ask("POST", f"/v1/coupons/{coupon}/disable", {"reason": "leaked", "revoke_locks": True})
    service.ask("PATCH", "/v1/settings", {"lock_seconds": 600})
    reader = Reader([service])
    until(lambda: len(reader.got) == len(service.events()))
    schemas = {entry["type"]: jsonschema_rs.validator_for(service.call("GET", entry["cloudevent_schema"])[1])
               for entry in service.call("GET", "/v1/event-types")[1]["data"]}
    same(service, reader.end())
    sources = set()
    for event in reader.got:
        cloud = json.loads(event["data"])
        assert [error.message for error in schemas[cloud["type"]].iter_errors(cloud)] == []
        assert not schemas[cloud["type"]].is_valid(cloud | {"specversion": "0.3"})
        assert not schemas[cloud["type"]].is_valid(cloud | {"sequence": 1})
        read = JSONFormat().read(None, event["data"])
        assert (read.get_id(), read.get_type(), read.get_subject()) == (cloud["id"], cloud["type"], cloud["subject"])
        assert read.get_data() == cloud["data"] and read.get_extension("sequence") == cloud["sequence"]
        sources.add(read.get_source())
    assert sources == {"urn:scrip:tenant_1"}


def test_without_a_place_it_begins_now_and_types_may_be_chosen(service):
    service.coupon("TEN")
    connection = service.connection()
    connection.request("GET", "/v1/events/stream?types=CouponApplied,CouponDisabled",
                       headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    answer = connection.getresponse()
    assert answer.readline() == b"retry: 1000\n"
    # What is created is no event of these types, and what was before is none of now.
    service.coupon("OTHER")
    work(service, 0, 1)
    lines = []
    while not (lines and lines[-1].startswith("data: ")):
        lines.append(answer.readline().decode())
    assert [line for line in lines if line.startswith("event")] == ["event: CouponApplied\n"]
    connection.close()
    for path, headers in [("?types=Nothing", {}), ("?after=-1", {}), ("?more=1", {}), ("", {"Last-Event-ID": "x"}),
                          ("", {"Last-Event-ID": "-1"}), ("", {"Last-Event-ID": "01"}), ("", {"Authorization": "Bearer x"})]:
        connection = service.connection()
        connection.request("GET", "/v1/events/stream" + path, headers={"Authorization": f"Bearer {ADMIN_KEY}"} | headers)
        assert connection.getresponse().status in (400, 401, 422), (path, headers)
        connection.close()


def test_it_is_for_admins_and_ends_with_the_key(service):
    for role, status in [("server", 403), ("publishable", 403), ("admin", 200)]:
        key = service.call("POST", "/v1/keys", {"role": role, "name": role})[1]
        connection = service.connection(timeout=20)
        connection.request("GET", "/v1/events/stream", headers={"Authorization": f"Bearer {key['secret']}"})
        answer = connection.getresponse()
        assert answer.status == status
        if status == 200:
            assert answer.readline() == b"retry: 1000\n"
            service.call("POST", f"/v1/keys/{key['id']}/revoke", {})
            with pytest.raises((http.client.IncompleteRead, http.client.HTTPException, OSError)):
                answer.read()
                raise http.client.HTTPException("it ended")
        connection.close()


def opens(connection):
    connection.close()
    connection.request("GET", "/v1/events/stream", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    answer = connection.getresponse()
    if answer.status == 200:
        return True
    answer.read()
    return False


def test_who_does_not_read_holds_no_more_than_a_page_and_a_service_ends_without_them(service):
    service.coupon("TEN")
    connections = []
    for _ in range(100):
        connection = service.connection()
        connection.request("GET", "/v1/events/stream?after=0", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
        assert connection.getresponse().readline() == b"retry: 1000\n"
        connections.append(connection)
    full = service.call("GET", "/v1/events/stream")
    assert (full[0], full[1]["code"]) == (503, "overloaded")
    connections.pop().close()
    work(service, 0, 50)
    connections.append(service.connection())
    until(lambda: opens(connections[-1]))
    started = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - started < 10
    for connection in connections:
        connection.close()


def test_no_more_are_open_at_once_than_may_be_however_they_come(service):
    gate, answers, lock = threading.Barrier(130), [], threading.Lock()

    def come():
        connection = service.connection()
        gate.wait()
        connection.request("GET", "/v1/events/stream", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
        answer = connection.getresponse()
        with lock:
            answers.append((answer.status, connection, answer))
    comers = [threading.Thread(target=come) for _ in range(130)]
    for comer in comers:
        comer.start()
    for comer in comers:
        comer.join()
    assert [status for status, _, _ in answers].count(200) == 100
    for _, connection, _ in answers:
        connection.close()
    # An answer that is never written holds no place.
    until(lambda: opens(service.connection()))
    for _ in range(120):
        connection = service.connection()
        connection.request("HEAD", "/v1/events/stream", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
        assert connection.getresponse().status in (200, 405)
        connection.close()
    assert opens(service.connection())


def test_a_place_ahead_of_the_log_is_its_end(service):
    service.coupon("TEN")
    last = service.events()[-1]["position"]
    connection = service.connection()
    connection.request("GET", "/v1/events/stream", headers={
        "Authorization": f"Bearer {ADMIN_KEY}", "Last-Event-ID": str(last + 1000)})
    answer = connection.getresponse()
    assert answer.readline() == b"retry: 1000\n"
    service.coupon("OTHER")
    found = b""
    while not found.startswith(b"id: "):
        found = answer.readline()
    assert int(found[4:]) == last + 1
    connection.close()
