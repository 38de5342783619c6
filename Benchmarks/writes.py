"""Counts what one smallest lock writes: one coupon, one line, in a transaction of its own.

Argument: the program to measure, if not the release build. Prints, for each store, entries and bytes of each table and
index, then pages or bytes of the log. PostgreSQL's index entries are records of its log, kind by kind.
"""

import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import servers

LOCKS = int(os.environ.get("LOCKS", "10000"))
# Few enough for SQLite's log not to be begun anew meanwhile.
LOGGED_LOCKS = 200


def lock(connection, names):
    """Locks one use for each of some orders."""
    for name in names:
        body = json.dumps({
            "order_id": name, "codes": ["HOT"], "customer": {"user_id": "u-" + name},
            "cart": {"currency": "USD", "lines": [
                {"id": "l1", "product_id": "p1", "quantity": 1, "unit_price": 10000}]}})
        connection.request("POST", "/v1/applications", body, {
            "Content-Type": "application/json", "Authorization": f"Bearer {servers.ADMIN_KEY}"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise SystemExit(f"status {answer.status}: {text}")


@contextlib.contextmanager
def service(folder, store=None):
    with servers.Scrip(folder, store) as scrip:
        yield scrip, http.client.HTTPConnection("127.0.0.1", scrip.port)


def show(name, entries, size):
    print(f"  {name:32} {entries / LOCKS:6.2f} entries {size / LOCKS:8.1f} bytes")


def sqlite_sizes(path):
    """Entries and bytes of each tree: those inside of a table's tree are no rows, those of an index are entries."""
    text = subprocess.run(
        ["sqlite3", path, "SELECT name, sum(ncell * (pagetype = 'leaf' OR payload > 0)), sum(payload) FROM dbstat GROUP BY name"],
        check=True, capture_output=True, text=True).stdout
    return {name: (int(cells), int(size)) for name, cells, size in (line.split("|") for line in text.splitlines())}


def measure_sqlite():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "scrip.db"
        with service(folder) as (scrip, connection):
            scrip.coupon("hot", ["HOT"])
            lock(connection, [f"first-{number:06}" for number in range(LOGGED_LOCKS)])
        with service(folder) as (_, connection):
            log = pathlib.Path(f"{path}-wal")
            lock(connection, ["warm"])
            start = log.stat().st_size
            lock(connection, [f"log-{number:06}" for number in range(LOGGED_LOCKS)])
            pages = (log.stat().st_size - start) / (4096 + 24)
        before = sqlite_sizes(path)
        with service(folder) as (_, connection):
            lock(connection, [f"order-{number:06}" for number in range(LOCKS)])
        print("SQLite")
        total = 0
        for name, (entries, size) in sqlite_sizes(path).items():
            old = before.get(name, (0, 0))
            if entries - old[0] >= LOCKS / 2:
                show(name, entries - old[0], size - old[1])
                total += size - old[1]
        print(f"  all trees {total / LOCKS:.1f} bytes, pages of the log {pages / LOGGED_LOCKS:.2f}")


def ask(address, statement):
    text = subprocess.run(["psql", address, "-AtF", "|", "-c", statement], check=True, capture_output=True, text=True).stdout
    return [line.split("|") for line in text.splitlines()]


def measure_postgres(server):
    address = f"postgres://{server['PGUSER']}@/postgres?host={server['PGHOST']}&port={server['PGPORT']}"
    ask(address, "CREATE EXTENSION pg_walinspect")
    relations = """SELECT relname, pg_relation_size(oid), CASE relkind WHEN 'r' THEN (
        xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM ' || oid::regclass, false, true, '')))[1]::text ELSE '0'
      END FROM pg_class WHERE relnamespace = 'scrip'::regnamespace AND relkind IN ('r', 'i') ORDER BY relname"""
    records = '''SELECT "resource_manager/record_type", count, combined_size
      FROM pg_get_wal_stats('{}', '{}', true) WHERE count > 0'''
    environment = {**os.environ, "SCRIP_STORE": address, "SCRIP_IDENTITY_KEY": "5c" * 32}
    subprocess.run([servers.BINARY, "migrate", "up", "--store", address], check=True, env=environment,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder, service(folder, address) as (scrip, connection):
        scrip.coupon("hot", ["HOT"])
        lock(connection, [f"first-{number:06}" for number in range(LOGGED_LOCKS)])
        ask(address, "CHECKPOINT")
        ask(address, "ALTER SYSTEM SET full_page_writes = off")
        ask(address, "SELECT pg_reload_conf()")
        before = {row[0]: row[1:] for row in ask(address, relations)}
        start = ask(address, "SELECT pg_current_wal_insert_lsn()")[0][0]
        lock(connection, [f"order-{number:06}" for number in range(LOCKS)])
        end = ask(address, "SELECT pg_current_wal_flush_lsn()")[0][0]
    print("PostgreSQL")
    for name, size, rows in ask(address, relations):
        old = before.get(name, ("0", "0"))
        if int(size) - int(old[0]) >= LOCKS and not name.startswith("coupon"):
            show(name, int(rows) - int(old[1]), int(size) - int(old[0]))
    total = 0
    for kind, count, size in ask(address, records.format(start, end)):
        total += int(size)
        if int(count) >= LOCKS / 2:
            print(f"  log: {kind:27} {int(count) / LOCKS:6.2f} records {int(size) / LOCKS:8.1f} bytes")
    print(f"  log: {total / LOCKS:.1f} bytes")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        servers.BINARY = pathlib.Path(sys.argv[1]).resolve()
    measure_sqlite()
    with servers.postgres() as server:
        measure_postgres(server)
