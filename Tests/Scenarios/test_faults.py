"""The store breaks under load: callers are told to come again, nothing acknowledged is lost, and it recovers alone."""

import contextlib
import os
import random
import resource
import signal
import subprocess
import time

import postgres
import pytest
from conftest import serving
from load import Load
from service import Service, order

ROUNDS = int(os.environ.get("SCRIP_FAULTS", "3"))
SEED = int(os.environ.get("SCRIP_FAULT_SEED", str(random.randrange(1 << 32))))
PAUSE = float(os.environ.get("SCRIP_PAUSE", "10"))
STORE_TIMEOUT = 2
# An answer may wait for the caller's key, for the transaction before its own, and for its own: each for one time-out.
# The rest is for a busy machine.
ANSWER_WITHIN = 3 * STORE_TIMEOUT + 4


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL server that tests may hurt."""
    cluster = postgres.Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def hurt(cluster, tmp_path):
    """Two nodes with a short time-out on a database of that server."""
    cluster.start()
    with postgres.database(cluster.url) as url:
        with serving(tmp_path, 2, SCRIP_STORE=url, SCRIP_STORE_TIMEOUT=f"{STORE_TIMEOUT}s") as nodes:
            yield nodes


def address(nodes):
    return nodes[0].settings["SCRIP_STORE"]


def finish(load):
    print(load.summary())
    load.settle()
    load.check()


def wait_for(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"in vain for {seconds} s: {what}"
        time.sleep(0.02)


def test_the_database_server_dies_under_load_and_comes_back(cluster, hurt):
    chance = random.Random(SEED)
    with Load(hurt, SEED) as load:
        for _ in range(ROUNDS):
            load.go_on(chance.randrange(5, 30))
            cluster.kill()
            time.sleep(chance.uniform(0, 1))
            cluster.start()
        load.go_on()
    assert set(load.turned_down) <= {"store_unavailable", "overloaded"}
    assert load.unanswered == 0, "the service itself must not break"
    finish(load)


def test_one_server_process_dies_and_takes_all_sessions_with_it(cluster, hurt):
    """The server forgets transactions that were not on the disk, and gives their numbers to others."""
    chance = random.Random(SEED)
    with Load(hurt, SEED, clients=16, pause=0) as load:
        for _ in range(3 * ROUNDS):
            load.go_on(chance.randrange(2, 20))
            # Rather one that is writing.
            session = postgres.sql(
                address(hurt), "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'scrip%' "
                "ORDER BY backend_xid IS NULL LIMIT 1")
            os.kill(int(session), signal.SIGKILL)
        load.go_on()
    assert set(load.turned_down) <= {"store_unavailable", "overloaded"}
    assert load.unanswered == 0, "the service itself must not break"
    finish(load)


def test_all_connections_are_cut_under_load_again_and_again(hurt):
    cut = 0
    with Load(hurt, SEED) as load:
        for _ in range(4 * ROUNDS):
            load.go_on(5)
            cut += int(postgres.sql(
                address(hurt), "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"))
        load.go_on()
    assert cut > ROUNDS
    assert set(load.turned_down) <= {"store_unavailable"}
    assert load.unanswered == 0, "the service itself must not break"
    finish(load)


def test_a_server_that_hangs_is_given_up_in_time_and_taken_up_again(cluster, hurt):
    with Load(hurt, SEED) as load:
        load.go_on()
        with cluster.paused():
            # Long enough for every kept connection to be given up, and for new ones to be tried in vain.
            time.sleep(PAUSE)
            turned_down = load.turned_down.get("store_unavailable", 0)
            for node in hurt:
                status, _ = node.call("GET", "/livez")
                assert status == 200
                begin = time.monotonic()
                status, _ = node.call("GET", "/readyz")
                assert status == 503 and time.monotonic() - begin < ANSWER_WITHIN
        assert turned_down > 0
        load.go_on()
    assert load.slowest < ANSWER_WITHIN
    assert load.unanswered == 0, "the service itself must not break"
    finish(load)


@pytest.mark.parametrize("statements", [
    ["LOCK TABLE scrip.coupon IN ACCESS EXCLUSIVE MODE"],
    # In the order in which the service locks them: otherwise each would wait for the other.
    ["SELECT count(*) FROM (SELECT FROM scrip.coupon ORDER BY tenant, id FOR UPDATE) AS held"],
], ids=["table", "rows"])
def test_locks_that_others_hold_for_too_long_are_not_waited_for(hurt, statements):
    with Load(hurt, SEED) as load:
        load.go_on()
        with postgres.holding(address(hurt), *statements):
            wait_for(lambda: load.turned_down.get("store_unavailable", 0) >= len(load.buyers), "all are turned down")
            begin = time.monotonic()
            answer = hurt[0].ask("POST", "/v1/applications", order("held", ["EVER"]), idempotency="held")
            assert answer.status == 503 and answer.body["code"] == "store_unavailable", answer.body
            assert int(answer.headers["Retry-After"]) >= 1
            assert time.monotonic() - begin < ANSWER_WITHIN
        load.go_on()
    assert load.slowest < ANSWER_WITHIN
    finish(load)


def test_a_dump_that_is_restored_on_another_server_goes_on_there(database, cluster, tmp_path):
    """Also its log can be read, although the other server has not counted as many transactions yet."""
    postgres.sql(database, """
        DO $$ BEGIN
          FOR turn IN 1..100000 LOOP
            BEGIN
              PERFORM pg_logical_emit_message(true, '', '');
              RAISE EXCEPTION USING ERRCODE = 'SC000';
            EXCEPTION WHEN SQLSTATE 'SC000' THEN NULL;
            END;
          END LOOP;
        END $$""")
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    with serving(tmp_path / "old", 2, SCRIP_STORE=database) as nodes:
        load = Load(nodes, SEED, clients=32, tolerated=(), pause=0)
        with load:
            load.go_on(50)
        events = nodes[0].events()
    cluster.start()
    with postgres.database(cluster.url) as url:
        postgres.restore(database, url)
        with serving(tmp_path / "new", 2, SCRIP_STORE=url) as load.nodes:
            load.settle()
            with load:
                load.go_on(50)
                assert load.nodes[0].events()[:len(events)] == events
                load.go_on(50)
            finish(load)


def test_behind_a_pooler_everything_works_as_well(database, tmp_path):
    with postgres.pooler(database) as url, serving(tmp_path, 2, SCRIP_STORE=url) as nodes:
        with Load(nodes, SEED, tolerated=()) as load:
            load.go_on(300)
        assert load.unanswered == 0
        finish(load)


@contextlib.contextmanager
def small_disk(folder):
    """A file system of a few megabytes; gives what prepares a service for it, and what makes room."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"file systems can't be mounted here: {mounted.stderr.strip()}")
    try:
        yield None, lambda _: subprocess.run(["mount", "-o", "remount,size=500m", folder], check=True)
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def small_files(folder):
    """No file of a service may be longer than a few megabytes; gives what prepares it for that, and what lifts it."""
    folder.mkdir()
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def limit():
        # Otherwise the signal would end the process before it could see the error.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, resource.RLIM_INFINITY))

    yield limit, lambda service: resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, unlimited)


@pytest.mark.parametrize("scarcity", [small_disk, small_files])
def test_a_full_disk_costs_nothing_that_was_acknowledged(tmp_path, scarcity):
    with scarcity(tmp_path / "small") as (preparation, make_room):
        service = Service(tmp_path / "small" / "data", preparation=preparation, SCRIP_SHUTDOWN_GRACE="5s")
        try:
            service.start()
            with Load([service], SEED, tolerated=(500, 503), pause=0) as load:
                wait_for(lambda: load.ended.is_set() or sum(load.turned_down.values()) > 50, "the disk gets full", 90)
                load.raise_errors()
                assert service.call("GET", "/v1/coupons")[0] == 200, "what is there can be read"
                # A smaller transaction may still fit now and then.
                wait_for(lambda: service.call("GET", "/readyz")[0] == 503, "it says that it can't write")
                make_room(service)
                wait_for(lambda: service.call("GET", "/readyz")[0] == 200, "it can write again")
                load.go_on()
            assert set(load.turned_down) <= {"store_unavailable"}
            assert load.unanswered == 0, "the service itself must not break"
            finish(load)
        finally:
            service.stop()
