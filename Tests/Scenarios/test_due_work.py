"""Work that is due outlives the process that failed at it."""

import contextlib
import json
import sqlite3
import time

from service import Service


def wait_for(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"in vain for {seconds} s: {what}"
        time.sleep(0.02)


def database(service):
    return contextlib.closing(sqlite3.connect(service.data / "scrip.db", isolation_level=None))


def test_work_that_failed_is_logged_and_done_by_a_later_process(tmp_path):
    service = Service(tmp_path / "data", SCRIP_LOG_LEVEL="info")
    service.start()
    service.kill()
    with database(service) as file:
        file.execute("INSERT INTO answer (tenant, key, fingerprint, kind, body, at) VALUES (1, 'old', x'', 'x', x'', 0)")
        file.execute("CREATE TRIGGER kept BEFORE DELETE ON answer BEGIN SELECT RAISE(ABORT, 'this stays'); END")
        # Whatever the first process was doing when it was killed, nothing of it is claimed any more.
        file.execute("UPDATE due_work SET due_at = 0, attempt = NULL, try_at = NULL, lease_holder = NULL")
    service.start()
    wait_for(lambda: "due work failed and is tried again" in service.log(), "a failure")
    line = next(json.loads(line) for line in service.log().splitlines() if "due work failed" in line)
    assert line["kind"] == "forget_answers" and line["attempt"] == "1" and "this stays" in line["reason"]
    service.kill()
    with database(service) as file:
        (attempt, reason) = file.execute("SELECT attempt, reason FROM due_work").fetchone()
        assert attempt == 1 and "this stays" in reason
        file.execute("DROP TRIGGER kept")
        # The pause after the failure is over; a process that died holding the claim looks the same.
        file.execute("UPDATE due_work SET try_at = 1, lease_holder = randomblob(16)")
    service.start()
    with database(service) as file:
        wait_for(lambda: file.execute("SELECT count(*) FROM answer WHERE key = 'old'").fetchone() == (0,), "forgetting")
    service.kill()
