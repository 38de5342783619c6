"""Shops' own messages: over HTTP and from a broker, each once, in whatever order they come, whatever dies."""

import concurrent.futures
import itertools
import json
import pathlib
import random
import signal
import subprocess
import time

import postgres
import pytest
from broker import Broker
from conftest import serving
from load import check_log
from provider import until
from service import ADMIN_KEY, BINARY, Unanswered

SUBJECT = "shop.orders"


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path / "broker").start()
    yield broker
    broker.stop()


def message(kind, order, codes=("TEN",), name=None, at=None, **data):
    """A message in the form of the API."""
    body = {"specversion": "1.0", "source": "shop", "id": name or f"{order}/{kind}", "type": kind,
            "data": {"order_id": order, **data}}
    if at is not None:
        body["time"] = f"2026-11-20T08:00:{at:02}Z"
    if kind in ("checkout.started", "order.created"):
        body["data"] |= {
            "codes": list(codes), "customer": {"user_id": f"u-{order}"},
            "cart": {"currency": "USD",
                     "lines": [{"id": "l1", "product_id": "p1", "quantity": 2, "unit_price": 1999}]}}
    return body


def send(service, *messages):
    status, answer = service.call("POST", "/v1/inbox", list(messages))
    assert status == 200, answer
    return answer["data"]


def words(outcomes):
    return [outcome["outcome"] for outcome in outcomes]


def state(service, order):
    found = service.call("GET", f"/v1/applications?order_id={order}")[1]["data"]
    return found[0]["state"] if found else None


def uses(service, coupon):
    found = service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
    return found["locked"], found["redeemed"]


def test_messages_become_commands_once(service):
    coupon = service.coupon("TEN")
    assert words(send(service, message("checkout.started", "o-1"))) == ["done"]
    assert uses(service, coupon) == (1, 0)
    [again] = send(service, message("checkout.started", "o-1"))
    assert (again["outcome"], again["state"]) == ("repeated", "done")
    outcomes = send(service, message("order.paid", "o-1"), message("order.paid", "o-1"),
                    message("products.updated", "o-1"), message("order.created", "o-2", codes=[]))
    assert words(outcomes) == ["done", "repeated", "ignored", "ignored"]
    assert [outcome["reason"] for outcome in outcomes[2:]] == ["type_not_mapped", "no_codes"]
    assert uses(service, coupon) == (0, 1)
    assert outcomes[0]["application_id"] == again["application_id"]
    assert words(send(service, message("order.cancelled", "o-1"))) == ["done"]
    assert uses(service, coupon) == (0, 0)
    check_log(service)


def test_every_order_of_a_checkouts_messages_ends_alike(service):
    coupon = service.coupon("TEN", restore_on=["canceled", "fully_refunded"])
    tales = [
        (["checkout.started", "order.created", "order.paid"], "redeemed"),
        (["checkout.started", "order.created", "checkout.failed"], None),
        (["checkout.started", "order.paid", "order.refunded"], None),
        (["checkout.started", "order.paid", "order.cancelled"], None),
    ]
    number, expected = 0, {}
    for kinds, end in tales:
        for times in (True, False):
            for sequence in itertools.permutations(kinds):
                number += 1
                order = f"o-{number}"
                for kind in sequence:
                    at = kinds.index(kind) if times else None
                    assert "repeated" not in words(send(service, message(kind, order, at=at)))
                    assert words(send(service, message(kind, order, at=at))) == ["repeated"]
                expected[order] = end
    redeemed = sum(end == "redeemed" for end in expected.values())
    until(lambda: uses(service, coupon) == (0, redeemed))
    for order, end in expected.items():
        assert (state(service, order) if end else state(service, order) in (None, "released")) == (end or True), order
    until(lambda: service.call("GET", "/v1/inbox/messages?state=waiting")[1]["data"] == [])
    assert service.call("GET", "/v1/inbox/messages")[1]["data"] == []
    check_log(service)


def test_what_cant_be_understood_is_listed_mended_and_taken_again(service):
    coupon = service.coupon("TEN")
    broken = message("checkout.started", "o-1")
    del broken["data"]["cart"]
    [dead] = send(service, broken)
    assert (dead["outcome"], dead["reason"], dead["pointer"]) == ("dead", "required", "/data/cart")
    assert words(send(service, {"type": "order.paid"}, 7, "text")) == ["dead"] * 3
    listed = service.call("GET", "/v1/inbox/messages?state=dead")[1]["data"]
    assert len(listed) == 4
    path = f"/v1/inbox/messages/{dead['message_id']}"
    shown = service.call("GET", path)[1]
    assert shown["message"] == broken
    assert service.call("POST", f"{path}/replay", {})[1]["outcome"] == "dead"
    status, outcome = service.call("POST", f"{path}/replay", {"data": message("checkout.started", "o-1")["data"]})
    assert (status, outcome["outcome"]) == (200, "done")
    assert uses(service, coupon) == (1, 0)
    assert "message" not in service.call("GET", path)[1]
    status, problem = service.call("POST", f"{path}/replay", {})
    assert (status, problem["code"]) == (409, "message_settled")
    for other in listed:
        if other["message_id"] != dead["message_id"]:
            assert service.call("POST", f"/v1/inbox/messages/{other['message_id']}/discard", {})[0] == 200
    assert service.call("GET", "/v1/inbox/messages")[1]["data"] == []


def test_a_mapping_reads_another_shops_messages(service):
    coupon = service.coupon("TEN")
    mapping = {"types": {"order.created": ["orders/create"]}, "order_id": "/data/id", "amounts": "major",
               "codes": "/data/discount_codes", "code_member": "/code",
               "customer": {"user_id": "/data/customer/id", "email": "/data/email"},
               "cart": {"currency": "/data/currency", "lines": "/data/line_items", "product_id": "/sku",
                        "unit_price": "/price"}}
    order = {"specversion": "1.0", "source": "myshop", "id": "b54557e4", "type": "orders/create",
             "data": {"id": 450789469, "currency": "USD", "email": "bob@example.com", "customer": {"id": 207119551},
                      "discount_codes": [{"code": "TEN"}],
                      "line_items": [{"sku": "IPOD", "quantity": 1, "price": "199.00"}]}}
    status, preview = service.call("POST", "/v1/inbox/preview", {"message": order, "mapping": mapping})
    assert (status, preview["intent"], preview["order_id"]) == (200, "lock", "450789469"), preview
    assert preview["cart"]["lines"][0]["unit_price"] == 19900
    answer = service.ask("PUT", "/v1/inbox/mapping", mapping)
    assert (answer.status, answer.headers["ETag"]) == (200, '"v1"')
    [outcome] = send(service, order)
    assert outcome["outcome"] == "done", outcome
    found = service.call("GET", "/v1/applications?order_id=450789469")[1]["data"][0]
    assert found["quote"]["discount"] == 1990
    assert uses(service, coupon) == (1, 0)


def test_a_service_that_is_killed_does_each_message_once(nodes):
    coupon = nodes[0].coupon("TEN")
    numbers = random.Random(3)
    sent = [message(kind, f"o-{number}") for number in range(30) for kind in ("checkout.started", "order.paid")]
    numbers.shuffle(sent)
    for turn in range(0, len(sent), 10):
        node = numbers.choice(nodes)
        batch = sent[turn:turn + 10]
        connection = node.connection()
        connection.request("POST", "/v1/inbox", json.dumps(batch), {
            "Authorization": f"Bearer {ADMIN_KEY}", "Content-Type": "application/json"})
        time.sleep(numbers.random() / 50)
        node.kill()
        connection.close()
        node.start()
        while True:
            try:
                send(node, *batch)
                break
            except Unanswered:
                time.sleep(0.1)
    until(lambda: uses(nodes[0], coupon) == (0, 30))
    check_log(nodes[0])


def published(broker, messages, subject=SUBJECT):
    async def publish(client):
        jetstream = client.jetstream()
        for sent in messages:
            text = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
            await jetstream.publish(subject, text)
    broker.do(publish)


def made(broker):
    async def make(client):
        await client.jetstream().add_stream(name="ORDERS", subjects=["shop.>"])
    broker.do(make)


def pending(broker):
    """How many messages nobody has acknowledged."""
    async def ask(client):
        info = await client.jetstream().consumer_info("ORDERS", "scrip")
        return info.num_pending + info.num_ack_pending
    return broker.do(ask)


def inbox_settings(broker, **settings):
    return {"SCRIP_NATS": broker.url, "SCRIP_NATS_INBOX_STREAM": "ORDERS", "SCRIP_NATS_INBOX_SUBJECT": "shop.>"} | settings


def test_a_brokers_messages_are_done_once_by_two_nodes_of_which_one_dies(broker, database, tmp_path):
    made(broker)
    with serving(tmp_path, 2, SCRIP_STORE=database, **inbox_settings(broker)) as nodes:
        coupon = nodes[0].coupon("TEN")
        sent = [message(kind, f"o-{number}") for number in range(60) for kind in ("checkout.started", "order.paid")]
        sent += random.Random(5).sample(sent, 40)
        random.Random(4).shuffle(sent)
        for turn in range(0, len(sent), 40):
            published(broker, sent[turn:turn + 40])
            time.sleep(0.2)
            nodes[turn // 40 % 2].kill()
            nodes[turn // 40 % 2].start()
        until(lambda: uses(nodes[0], coupon) == (0, 60), 120)
        until(lambda: pending(broker) == 0, 120)
        check_log(nodes[0])


def test_a_brokers_odd_messages_are_dead_and_hold_up_no_other(broker, tmp_path):
    made(broker)
    with serving(tmp_path, 1, **inbox_settings(broker)) as (service,):
        coupon = service.coupon("TEN")
        large = message("order.created", "o-2", note="x" * 70_000)
        published(broker, [b"\xff\x00", b"{", b"", b"[]", large, message("checkout.started", "o-1")])
        until(lambda: uses(service, coupon) == (1, 0))
        until(lambda: pending(broker) == 0)
        dead = service.call("GET", "/v1/inbox/messages")[1]["data"]
        assert sorted(found["reason"] for found in dead) == [
            "malformed_json", "malformed_json", "malformed_json", "not_a_cloud_event", "too_large"]


def test_a_part_of_the_subject_names_the_tenant(broker, tmp_path):
    made(broker)
    with serving(tmp_path, 1, **inbox_settings(
            broker, SCRIP_NATS_INBOX_TENANT="@3", SCRIP_LOG_LEVEL="warn")) as (service,):
        coupon = service.coupon("TEN")
        published(broker, [message("checkout.started", "o-1")], "shop.orders.tenant_1")
        published(broker, [message("checkout.started", "o-2")], "shop.orders.tenant_9")
        published(broker, [message("checkout.started", "o-3")], "shop.orders.nobody")
        until(lambda: uses(service, coupon) == (1, 0))
        # What is no tenant's stays with the broker for a while, and the log says where it lies.
        until(lambda: "shop.orders.nobody" in service.log())
        told = [json.loads(line) for line in service.log().splitlines() if "no tenant's" in line]
        assert {(found["subject"], found["source"], found["id"], found["stream"], found["sequence"])
                for found in told} == {
            ("shop.orders.tenant_9", "shop", "o-2/checkout.started", "ORDERS", "2"),
            ("shop.orders.nobody", "shop", "o-3/checkout.started", "ORDERS", "3")}
        assert pending(broker) == 2
        # Its tenant may be made meanwhile.
        status, founded = service.call("POST", "/v1/test-clocks", {"name": "late", "now": "2026-11-20T08:00:00Z"})
        assert status == 201, founded
        published(broker, [message("checkout.started", "o-4")], f"shop.orders.{founded['tenant_id']}")
        until(lambda: service.call("GET", "/v1/inbox/messages?state=refused", key=founded["key"]["secret"])[1]["data"])


def test_a_user_of_the_broker_may_do_no_more_than_the_documentation_says(tmp_path):
    allowed = documented("events.md", "a relay's user") + documented("inbox.md", "an inbox's user, besides")
    settings = """authorization { users: [ { user: root, password: root }, { user: scrip, password: word, permissions: {
        publish: %s, subscribe: ["_INBOX.>"] } } ] }"""
    broker = Broker(tmp_path / "broker", settings % json.dumps(allowed)).start()
    password = tmp_path / "password"
    password.write_text("word")

    async def make(client):
        await client.jetstream().add_stream(name="ORDERS", subjects=["shop.>"])

    def send_all(*messages):
        async def publish(client):
            for sent in messages:
                await client.jetstream().publish(SUBJECT, json.dumps(sent).encode())
        broker.do(publish, user="root", password="root")

    broker.do(make, user="root", password="root")
    try:
        with serving(tmp_path, 1, SCRIP_NATS_USER="scrip", SCRIP_NATS_PASSWORD_FILE=str(password),
                     SCRIP_LOG_LEVEL="warn", **inbox_settings(broker)) as (service,):
            coupon = service.coupon("TEN")
            send_all(message("checkout.started", "o-1"), message("order.paid", "o-1"))
            until(lambda: uses(service, coupon) == (0, 1))

            async def ask(client):
                info = await client.jetstream().consumer_info("ORDERS", "scrip")
                return info.num_pending + info.num_ack_pending

            until(lambda: broker.do(ask, user="root", password="root") == 0)
            for kind in ("INFO", "DURABLE.CREATE", "MSG.NEXT"):
                broker.kill()
                broker.settings = settings % json.dumps([one for one in allowed if f"CONSUMER.{kind}" not in one])
                broker.start()
                if kind == "DURABLE.CREATE":
                    async def remove(client):
                        await client.jetstream().delete_consumer("ORDERS", "scrip")
                    broker.do(remove, user="root", password="root")
                until(lambda: f"$JS.API.CONSUMER.{kind}.ORDERS" in service.log(), 90)
                broker.kill()
                broker.settings = settings % json.dumps(allowed)
                broker.start()
                send_all(message("checkout.started", f"o-{kind}"))
                until(lambda: state(service, f"o-{kind}") == "locked", 90)
    finally:
        broker.stop()


def documented(page, what):
    """The permissions that a page lists: the lines of the code block behind a comment."""
    text = (pathlib.Path(__file__).parents[2] / "docs" / page).read_text()
    block = text.split(f"# {what}", 1)[1].split("```", 1)[0]
    return [line.strip() for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("other", [{"ack_wait": 5}, {"filter_subject": "shop.other"}])
def test_a_consumer_with_other_settings_gets_ours_or_the_log_says_what_to_do(other, broker, tmp_path):
    made(broker)

    async def prepare(client):
        await client.jetstream().add_consumer(
            "ORDERS", durable_name="scrip", ack_policy="explicit", **{"filter_subject": "shop.>"} | other)

    broker.do(prepare)
    with serving(tmp_path, 1, SCRIP_LOG_LEVEL="warn", **inbox_settings(broker)) as (service,):
        coupon = service.coupon("TEN")
        published(broker, [message("checkout.started", "o-1")])
        if "filter_subject" in other:
            until(lambda: "nats consumer rm ORDERS scrip" in service.log())
            async def remove(client):
                await client.jetstream().delete_consumer("ORDERS", "scrip")
            broker.do(remove)
        until(lambda: uses(service, coupon) == (1, 0), 90)

        async def ask(client):
            return (await client.jetstream().consumer_info("ORDERS", "scrip")).config
        assert broker.do(ask).ack_wait == 60 and broker.do(ask).filter_subject == "shop.>"


def test_a_message_is_discarded_or_taken_again_and_never_both(nodes):
    for node in nodes:
        node.wait_until_ready()
    coupon = nodes[0].coupon("TEN")
    for turn in range(30):
        both = nodes if turn % 3 else nodes[:1] * 2
        order = f"o-{turn}"
        broken = message("checkout.started", order)
        broken["data"]["codes"] = [5]
        [dead] = send(nodes[0], broken)
        path = f"/v1/inbox/messages/{dead['message_id']}"
        calls = [lambda: both[0].call("POST", f"{path}/replay", {"data": message("checkout.started", order)["data"]}),
                 lambda: both[-1].call("POST", f"{path}/discard", {})]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            running = [pool.submit(call) for call in (calls if turn % 2 else calls[::-1])]
            answers = [one.result() for one in running]
        replayed, discarded = answers if turn % 2 else answers[::-1]
        found = nodes[0].call("GET", path)[1]["state"]
        if replayed[0] == 200:
            assert discarded[1]["code"] == "message_settled" and found == "done"
            assert state(nodes[0], order) == "locked"
        else:
            assert replayed[1]["code"] == "message_settled" and discarded[0] == 200 and found == "discarded"
            assert state(nodes[0], order) is None
    assert uses(nodes[0], coupon)[0] == sum(state(nodes[0], f"o-{turn}") == "locked" for turn in range(30))


def test_a_batch_is_taken_in_its_order(service):
    service.coupon("LAST", limits={"total": 1})
    outcomes = send(service, *[message(kind, order, codes=["LAST"]) for kind, order in [
        ("checkout.started", "o-1"), ("checkout.failed", "o-1"), ("checkout.started", "o-2"),
        ("checkout.started", "o-3"), ("checkout.failed", "o-3")]])
    assert words(outcomes)[:4] == ["done", "done", "done", "refused"]
    assert state(service, "o-2") == "locked"


@pytest.mark.parametrize("number", ["1e400", "-1e400", "18446744073709551616"])
def test_a_number_that_fits_nowhere_is_its_own_messages_fault(service, number):
    coupon = service.coupon("TEN")
    fine = [json.dumps(message("checkout.started", f"o-{place}")) for place in (1, 2)]
    spoilt = fine[0].replace('"o-1"', number, 1)
    for text, expected in [(f"[{fine[0]}, {spoilt}, {fine[1]}]", ["done", "dead", "done"]), (spoilt, ["dead"])]:
        connection = service.connection()
        connection.request("POST", "/v1/inbox", text, {
            "Authorization": f"Bearer {ADMIN_KEY}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        outcomes = json.loads(answer.read())
        assert answer.status == 200, outcomes
        got = words(outcomes["data"])
        assert got == expected or expected == ["dead"] and got == ["repeated"], outcomes
    assert uses(service, coupon) == (2, 0)
    [dead] = service.call("GET", "/v1/inbox/messages")[1]["data"]
    assert dead["reason"] == "malformed_json"
    connection = service.connection()
    connection.request("POST", "/v1/inbox", f"[{fine[0]}, {{]", {
        "Authorization": f"Bearer {ADMIN_KEY}", "Content-Type": "application/json"})
    assert connection.getresponse().status == 400


def test_a_mended_message_that_is_no_better_changes_nothing(service):
    service.coupon("TEN", limits={"total": 1})
    send(service, message("checkout.started", "o-0"))
    broken = message("checkout.started", "o-1")
    broken["data"]["codes"] = [5]
    [dead] = send(service, broken)
    path = f"/v1/inbox/messages/{dead['message_id']}"
    before = service.call("GET", path)[1]
    status, problem = service.call("POST", f"{path}/replay", {"data": {"order_id": "o-1", "codes": [7]}})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/data/codes/0")
    assert service.call("GET", path)[1] == before
    # Understood, and refused: what the shop sent is still what is kept.
    status, outcome = service.call("POST", f"{path}/replay", {"data": message("checkout.started", "o-1")["data"]})
    assert (status, outcome["outcome"], outcome["reason"]) == (200, "refused", "usage_limit_reached")
    assert service.call("GET", path)[1]["message"] == broken


def test_outcomes_say_what_was_done(service):
    coupon = service.coupon("TEN")
    full = service.coupon("FULL", limits={"total": 1})
    send(service, message("checkout.started", "o-0", codes=["FULL"]))
    assert uses(service, full) == (1, 0)

    def tale(name, *kinds, codes=("TEN",)):
        outcomes = [send(service, message(kind, name, codes=codes))[0] for kind in kinds]
        return [(outcome["outcome"], outcome["reason"]) for outcome in outcomes]

    gone = ("ignored", "usage_limit_reached")
    assert tale("a", "checkout.started", "order.cancelled", codes=["FULL"])[1] == gone
    assert tale("b", "checkout.started", "order.paid", "checkout.failed", codes=["FULL"])[1:] == [gone, gone]
    assert tale("c", "order.created", "order.cancelled", codes=[])[1] == ("ignored", "no_codes")
    assert tale("d", "checkout.started", "checkout.failed", "order.refunded")[2] == ("ignored", "already_released")
    assert tale("e", "checkout.started", "order.cancelled", "order.refunded")[1:] == [
        ("done", None), ("ignored", "already_released")]
    assert tale("f", "order.cancelled", "checkout.started") == [("done", None), ("ignored", "order_cancelled")]
    # An order that is kept here is none of the messages' business.
    placed = message("order.created", "kept")["data"]
    status, answer = service.call("POST", "/v1/orders", {
        "id": "kept", "codes": ["TEN"], "customer": placed["customer"], "cart": placed["cart"]})
    assert status == 201, answer
    kinds = ["checkout.started", "order.created", "order.paid", "checkout.failed", "order.cancelled"]
    told = tale("kept", *kinds)
    assert all(outcome != "done" and reason == "order_kept_here" for outcome, reason in told), told
    assert uses(service, coupon) == (1, 0)


def test_refunds_of_a_shop_whose_messages_look_like_shopifys(service):
    page = (pathlib.Path(__file__).parents[2] / "docs" / "inbox.md").read_text()
    blocks = [json.loads(block.split("```")[0]) for block in page.split("```json\n")[1:]
              if block.lstrip().startswith("{") and "…" not in block.split("```")[0]]
    mapping = next(block for block in blocks if "types" in block)
    created, refund = [next(block for block in blocks if block.get("type") == kind)
                       for kind in ("orders/create", "refunds/create")]

    def preview(sent):
        status, answer = service.call("POST", "/v1/inbox/preview", {"message": sent, "mapping": mapping})
        assert status == 200, answer
        return answer

    assert preview(created)["order_id"] == "450789469" and preview(created)["intent"] == "lock"
    found = preview(refund)
    assert (found["intent"], found["order_id"], found["refund"]) == ("restore", "450789469", "17910")
    without = json.loads(json.dumps(refund))
    del without["data"]["transactions"]
    assert (preview(without)["reason"], preview(without)["pointer"]) == ("required", "/data/transactions")
    unpaid = json.loads(json.dumps(refund))
    unpaid["data"]["transactions"] = []
    assert preview(unpaid)["refund"] == "0"
    failed = json.loads(json.dumps(refund))
    failed["data"]["transactions"][0]["status"] = "failure"
    assert int(preview(failed)["refund"]) < 17910
    # And for real: a part changes nothing, the rest restores.
    coupon = service.coupon("TEN", restore_on=["fully_refunded"])
    assert service.call("PUT", "/v1/inbox/mapping", mapping)[0] == 200
    part = json.loads(json.dumps(refund)) | {"id": "part"}
    part["data"]["transactions"] = part["data"]["transactions"][:1]
    paid = {**created, "id": "paid", "type": "orders/paid"}
    outcomes = send(service, created, paid, part)
    assert [(outcome["outcome"], outcome["reason"]) for outcome in outcomes] == [
        ("done", None), ("done", None), ("ignored", "partial_refund")]
    rest = json.loads(json.dumps(refund)) | {"id": "rest"}
    rest["data"]["transactions"] = rest["data"]["transactions"][1:]
    assert words(send(service, rest)) == ["done"] and uses(service, coupon) == (0, 0)
    status, problem = service.call("PUT", "/v1/inbox/mapping", {"types": {"order.paid": ["x", "y"], "order.created": ["y"]}})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/types/order.paid")


def test_what_cant_be_stored_comes_again(broker, tmp_path):
    made(broker)
    cluster = postgres.Cluster()
    try:
        with postgres.database(cluster.start().url) as url:
            with serving(tmp_path, 1, SCRIP_STORE=url, SCRIP_STORE_TIMEOUT="2s", **inbox_settings(broker)) as (service,):
                coupon = service.coupon("TEN")
                cluster.send(signal.SIGSTOP)
                published(broker, [message("checkout.started", f"o-{number}") for number in range(5)])
                time.sleep(6)
                cluster.send(signal.SIGCONT)
                until(lambda: uses(service, coupon) == (5, 0), 90)
                until(lambda: pending(broker) == 0, 90)
    finally:
        cluster.remove()


def test_the_verbs_show_and_mend(tmp_path):
    with serving(tmp_path, 1) as (service,):
        coupon = service.coupon("TEN")
        broken = message("checkout.started", "o-1", codes="TEN")
        broken["data"]["codes"] = 7
        send(service, broken)

        def verb(*arguments):
            result = subprocess.run(
                [BINARY, "inbox", *arguments, "--url", service.url, "--key", ADMIN_KEY], capture_output=True, text=True)
            assert result.returncode == 0, result.stderr
            return result.stdout

        [line] = [line for line in verb("list").splitlines() if "message_" in line]
        name = line.split()[0]
        assert "/data/codes" in line
        assert json.loads(verb("show", name))["message"] == broken
        mended = tmp_path / "mended.json"
        mended.write_text(json.dumps(message("checkout.started", "o-1")["data"]))
        assert "is done" in verb("replay", name, "--data", str(mended))
        assert uses(service, coupon) == (1, 0)
        mapping = tmp_path / "mapping.json"
        mapping.write_text('{"order_id": "/data/id"}')
        assert "version 1" in verb("mapping", "set", str(mapping), "--if-version", "0")
        assert json.loads(verb("mapping", "show"))["order_id"] == "/data/id"
        mapping.write_text(verb("mapping", "show"))
        assert "version 1" in verb("mapping", "set", str(mapping))
        sample = tmp_path / "message.json"
        sample.write_text(json.dumps(message("order.paid", "o-1", id="o-1")))
        assert json.loads(verb("preview", str(sample)))["intent"] == "redeem"
        send(service, message("order.paid", "o-3"))
        [line] = [line for line in verb("list").splitlines() if "message_" in line]
        assert "is discarded" in verb("discard", line.split()[0])
