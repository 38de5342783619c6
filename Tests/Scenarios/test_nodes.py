"""Two nodes on one database are one shop: what one says, the other knows."""

import concurrent.futures
import contextlib
import os
import random
import threading
import time

import postgres
from conftest import serving
from load import Load, check_log
from service import Service, order

SEED = int(os.environ.get("SCRIP_NODES_SEED", str(random.randrange(1 << 32))))
# How long a node may go on to trust a key that another node revoked, in seconds: until it hears of it, which is at once
# but for a busy machine. Behind a pooler it hears nothing, and looks the key up again after the time in docs/operating.
STALENESS = 2.0
STALENESS_BEHIND_A_POOLER = 5.0


def quote(node, codes, **marks):
    body = order("quoted", codes)
    del body["order_id"]
    status, answer = node.call("POST", "/v1/quotes", body, **marks)
    assert status == 200, answer
    return answer


def test_nodes_that_start_at_once_on_an_empty_database_make_one_shop(database, tmp_path):
    nodes = [Service(tmp_path / f"data{number}", SCRIP_STORE=database, SCRIP_IDENTITY_KEY="5c" * 32)
             for number in range(3)]
    with contextlib.ExitStack() as stack:
        for node in nodes:
            stack.callback(node.stop)
            node.launch()
        for node in nodes:
            node.wait_until_ready()
        nodes[0].coupon("SHARED")
        for node in nodes:
            assert [key["role"] for key in node.call("GET", "/v1/keys")[1]["data"]] == ["admin"]
            assert quote(node, ["SHARED"])["discount"] == 400
    check_log(nodes[0])


def test_an_edit_is_seen_by_the_next_quote_of_the_other_node(pair):
    coupon = pair[0].coupon("EDITED")
    for turn in range(20):
        editor, reader = pair[turn % 2], pair[1 - turn % 2]
        terms = {"discount": {"type": "percent", "percent": str(turn + 1)}}
        assert editor.call("PATCH", f"/v1/coupons/{coupon}", terms)[0] == 200
        # One per cent of 3998 is 39.98.
        assert quote(reader, ["EDITED"])["discount"] == round(39.98 * (turn + 1))


def test_a_disabled_coupon_is_refused_by_the_next_quote_of_the_other_node(pair):
    coupon = pair[0].coupon("TOGGLED")
    for turn in range(10):
        editor, reader = pair[turn % 2], pair[1 - turn % 2]
        assert quote(reader, ["TOGGLED"])["discount"] == 400
        assert editor.call("POST", f"/v1/coupons/{coupon}/disable", {"reason": "test"})[0] == 200
        assert [code["reason"] for code in quote(reader, ["TOGGLED"])["not_applied"]] == ["coupon_disabled"]
        status, refusal = reader.call("POST", "/v1/applications", order(turn, ["TOGGLED"]))
        assert (status, refusal["code"]) == (422, "coupon_disabled")
        assert editor.call("POST", f"/v1/coupons/{coupon}/activate", {})[0] == 200


def test_what_one_node_sold_counts_in_the_next_quote_of_the_other(pair):
    pair[0].coupon("COUNTED", limits={"total": 10})
    for turn in range(10):
        assert quote(pair[1 - turn % 2], ["COUNTED"])["discount"] == 400
        assert pair[turn % 2].call("POST", "/v1/applications", order(turn, ["COUNTED"]))[0] == 201
    for node in pair:
        assert [code["reason"] for code in quote(node, ["COUNTED"])["not_applied"]] == ["usage_limit_reached"]


def test_a_lock_that_one_node_gave_is_redeemed_and_released_at_the_other(pair):
    pair[0].coupon("MOVED")
    for turn, (verb, state) in enumerate([("redeem", "redeemed"), ("release", "released")] * 5):
        application = pair[turn % 2].call("POST", "/v1/applications", order(turn, ["MOVED"]))[1]["id"]
        status, answer = pair[1 - turn % 2].call("POST", f"/v1/applications/{application}/{verb}", {})
        assert (status, answer["state"]) == (200, state), answer


def check_revocation(editor, user, staleness):
    key = editor.call("POST", "/v1/keys", {"role": "server", "name": "shop"})[1]
    assert user.call("GET", "/v1/coupons", key=key["secret"])[0] == 200
    assert editor.call("POST", f"/v1/keys/{key['id']}/revoke", {})[0] == 200
    revoked = time.monotonic()
    assert editor.call("GET", "/v1/coupons", key=key["secret"])[0] == 401
    while True:
        asked = time.monotonic()
        status, _ = user.call("GET", "/v1/coupons", key=key["secret"])
        if status == 401:
            return
        assert status == 200 and asked - revoked <= staleness, "the key is trusted for too long"
        time.sleep(0.01)


def test_a_key_that_one_node_revoked_is_soon_refused_by_the_other(pair):
    for turn in range(5):
        check_revocation(pair[turn % 2], pair[1 - turn % 2], STALENESS)


def test_behind_a_pooler_a_key_that_one_node_revoked_is_refused_by_the_other_in_time(database, tmp_path):
    with postgres.pooler(database) as url, serving(tmp_path, 2, SCRIP_STORE=url) as nodes:
        check_revocation(*nodes, STALENESS_BEHIND_A_POOLER)


def test_a_new_key_works_at_the_other_node_at_once(pair):
    for turn in range(5):
        key = pair[turn % 2].call("POST", "/v1/keys", {"role": "server", "name": "shop"})[1]["secret"]
        assert pair[1 - turn % 2].call("GET", "/v1/coupons", key=key)[0] == 200


def test_a_reader_of_the_log_misses_nothing_that_two_nodes_write(pair):
    done = threading.Event()

    def follow():
        events = []
        while True:
            last = done.is_set()
            read = pair[len(events) % 2].events(after=events[-1]["position"] if events else 0)
            events += read
            if not read and last:
                return events

    with concurrent.futures.ThreadPoolExecutor() as pool:
        reader = pool.submit(follow)
        try:
            with Load(pair, SEED, clients=12, tolerated=(), pause=0) as load:
                load.go_on(600)
        finally:
            done.set()
        followed = reader.result()
    positions = [event["position"] for event in followed]
    assert len(positions) > 600 and positions == sorted(set(positions))
    # The log is at rest now: one more reading has everything.
    assert positions == [event["position"] for event in pair[0].events()]
    load.settle()
    load.check()


def test_nodes_are_replaced_one_by_one_and_nobody_notices(pair):
    """A request that a stopping node accepted is answered by it; the others go to the other node."""
    with Load(pair, SEED) as load:
        for turn in range(6):
            load.go_on(10)
            assert pair[turn % 2].stop() == 0
            load.go_on(10, at=pair[1 - turn % 2])
            pair[turn % 2].start()
        load.go_on()
    print(load.summary())
    assert load.replayed == [], "a stopping node did something and did not say so"
    assert set(load.turned_down) <= {"shutting_down"}
    load.settle()
    load.check()


def take_a_later_step(database, columns):
    """A step that this program does not know and can work beside, as a later one would take it."""
    for statement in (*columns, "INSERT INTO scrip.schema_version (step, name, applied_at, oldest_program) "
                      "SELECT max(step) + 1, 'from a later program', 0, max(oldest_program) FROM scrip.schema_version"):
        postgres.sql(database, statement)


def test_a_later_program_brings_the_schema_up_to_date_under_load(database, tmp_path):
    tool = Service(tmp_path / "tool", SCRIP_STORE=database)
    migrated = tool.tool("migrate", "up")
    assert migrated.returncode == 0, migrated.stderr
    with serving(tmp_path, 2, SCRIP_STORE=database, SCRIP_NO_MIGRATE="1") as nodes:
        with Load(nodes, SEED) as load:
            load.go_on()
            take_a_later_step(database, [
                "SET lock_timeout = '2s'; ALTER TABLE scrip.coupon ADD COLUMN note text NOT NULL DEFAULT ''",
                "CREATE INDEX CONCURRENTLY coupon_noted ON scrip.coupon (tenant, note)"])
            load.go_on()
            assert load.unanswered == 0 and load.turned_down == {}, load.summary()
            for node, other in (nodes, nodes[::-1]):
                assert node.stop() == 0
                load.go_on(at=other)
                node.start()
            load.go_on()
        print(load.summary())
        assert load.replayed == [], "a stopping node did something and did not say so"
        assert set(load.turned_down) <= {"shutting_down"}
        load.settle()
        load.check()
    assert "from a later program" in tool.tool("migrate", "status").stdout
