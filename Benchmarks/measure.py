"""Measures Scrip beside its rivals, in one run, and prints figures and ratios as a Markdown table.

Usage: measure.py [quotes] [locks] [pricing] [start] [growth] [postgres]     (all of them without arguments)
"""

import json
import concurrent.futures
import contextlib
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

from servers import ADMIN_KEY, HERE, Scrip, nginx, postgres

STORED = HERE / "stored"
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS_EACH", "8"))
CART = {
    "currency": "USD", "prices_include_tax": False, "channel": "web",
    "lines": [
        {"id": "l1", "product_id": "p-1001", "seller_id": "s1", "categories": ["shoes"], "quantity": 2, "unit_price": 1999},
        {"id": "l2", "product_id": "p-1002", "seller_id": "s1", "categories": ["shirts", "sale"], "quantity": 1, "unit_price": 2599},
        {"id": "l3", "product_id": "p-1003", "seller_id": "s2", "categories": ["socks"], "quantity": 3, "unit_price": 499},
    ],
    "shipping": [{"id": "sh1", "method": "standard", "amount": 500}],
}
rows = []


def say(text):
    print(text, file=sys.stderr, flush=True)


def record(what, figure, rival, ratio, aim):
    rows.append((what, figure, rival, ratio, aim))
    say(f"  {what}: {figure} | {rival} | {ratio} | aim {aim}")


def wrk(url, script, connections=64, seconds=SECONDS, **environment):
    """Requests a second, median and 99th percentile in microseconds."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "load" / script), url], check=True,
        capture_output=True, text=True, env={**os.environ, "KEY": ADMIN_KEY, **environment})
    found = re.search(r"result (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output.stdout)
    requests, micros, median, p99, _, errors = map(int, found.groups())
    if errors:
        raise SystemExit(f"{errors} of {requests} requests failed:\n{output.stderr}")
    return requests / (micros / 1e6), median, p99


def with_codes(count):
    """A data folder with so many codes stored, made once and kept."""
    folder = STORED / f"codes-{count}"
    marker = folder / "complete"
    if not marker.exists():
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        folder.mkdir(parents=True)
        with Scrip(folder) as scrip:
            started = time.perf_counter()
            scrip.coupon("Bench", [f"BENCH-{number:07d}" for number in range(count)])
            say(f"  stored {count} codes in {time.perf_counter() - started:.1f} s")
        marker.touch()
    return folder


def middle(values):
    return statistics.median(values)


def quotes():
    say("quotes over HTTP, 1,000,000 codes stored, beside nginx returning a constant of the same size")
    with Scrip(with_codes(1_000_000)) as scrip:
        body = scrip.raw("/v1/quotes", {"codes": ["BENCH-0000001"], "customer": {"user_id": "u-1"}, "cart": CART})
        with nginx(body) as constant:
            ours, theirs, ratios = [], [], []
            for _ in range(ROUNDS):
                theirs.append(wrk(constant, "quote.lua", CODES="1000000"))
                ours.append(wrk(scrip.url, "quote.lua", CODES="1000000"))
                ratios.append(ours[-1][0] / theirs[-1][0])
    record("quotes over HTTP", f"{middle([o[0] for o in ours]):,.0f}/s, p99 {middle([o[2] for o in ours]) / 1000:.1f} ms",
           f"nginx constant {middle([t[0] for t in theirs]):,.0f}/s", f"{middle(ratios):.2f}×", "≥ 0.5×")


def pgbench(environment, script, clients=16):
    output = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS), "-f",
         str(HERE / "rivals" / script)], check=True, capture_output=True, text=True, env=environment)
    return float(re.search(r"tps = ([\d.]+)", output.stdout).group(1))


def locks():
    say("lock + commit over HTTP, beside the row-lock function under pgbench, both durable")
    folder = STORED / "locks"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    with Scrip(folder) as scrip, postgres() as environment:
        scrip.coupon("Hot", ["HOT"], limits={"total": 1_000_000_000, "per_user": 1})
        for number in range(1000):
            scrip.coupon(f"Scattered {number}", [f"SCATTER-{number:04d}"],
                         limits={"total": 1_000_000_000, "per_user": 1})
        subprocess.run(["psql", "-q", "-f", str(HERE / "rivals" / "schema.sql")], check=True, env=environment)
        for name, coupons, script, aim in [("hot coupon", "1", "hot.pgbench", "≥ 10×"),
                                           ("scattered coupons", "1000", "scattered.pgbench", "")]:
            ours, theirs, ratios = [], [], []
            for turn in range(ROUNDS):
                theirs.append(pgbench(environment, script))
                ours.append(wrk(scrip.url, "lock.lua", connections=256, COUPONS=coupons, RUN=f"{coupons}-{turn}"))
                ratios.append(ours[-1][0] / theirs[-1])
            record(f"lock + commit over HTTP, {name}",
                   f"{middle([o[0] for o in ours]):,.0f}/s, p99 {middle([o[2] for o in ours]) / 1000:.1f} ms",
                   f"row-lock function {middle(theirs):,.0f}/s", f"{middle(ratios):.1f}×", aim)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@contextlib.contextmanager
def nodes(environment, count):
    """So many services on one PostgreSQL database, each with one event loop: they share this computer's cores."""
    subprocess.run(["createdb", "bench"], check=True, env=environment)
    store = f"postgres://{environment['PGUSER']}@/bench?host={environment['PGHOST']}&port={environment['PGPORT']}"
    folder = STORED / "nodes"
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(Scrip(folder / str(number), store, "--loops", "1")) for number in range(count)]
        try:
            yield running
        finally:
            subprocess.run(["rm", "-rf", str(folder)], check=True)


def wrk_all(running, script, connections, run, **settings):
    """The load shared out to all nodes at once: requests a second in all, and the worst 99th percentile."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        parts = [pool.submit(wrk, node.url, script, connections // len(running), RUN=f"{run}-{number}", **settings)
                 for number, node in enumerate(running)]
        results = [part.result() for part in parts]
    return sum(result[0] for result in results), max(result[2] for result in results)


def on_postgres():
    say("two nodes on PostgreSQL, beside the functions that work on rows, on the same server")
    with postgres() as environment, nodes(environment, 2) as running:
        running[0].coupon("Hot", ["HOT"], limits={"total": 1_000_000_000, "per_user": 1})
        for number in range(1000):
            running[0].coupon(f"Scattered {number}", [f"SCATTER-{number:04d}"],
                              limits={"total": 1_000_000_000, "per_user": 1})
        running[0].coupon("Bench", [f"BENCH-{number:07d}" for number in range(100_000)])
        for database, script in (("postgres", HERE / "rivals" / "schema.sql"), ("seed", HERE / "rivals" / "validate.sql")):
            if database == "seed":
                subprocess.run(["createdb", "seed"], check=True, env=environment)
            subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", str(script)], check=True,
                           env=environment, cwd=HERE.parent, stdout=subprocess.DEVNULL)
        for name, coupons, script, aim in [("hot coupon", "1", "hot.pgbench", "≥ 10×"),
                                           ("scattered coupons", "1000", "scattered.pgbench", "≥ 1.5×")]:
            ours, theirs, ratios = [], [], []
            for turn in range(ROUNDS):
                theirs.append(pgbench(environment, script))
                ours.append(wrk_all(running, "lock.lua", 256, f"{coupons}-{turn}", COUPONS=coupons))
                ratios.append(ours[-1][0] / theirs[-1])
            record(f"lock + commit over HTTP, two nodes on PostgreSQL, {name}",
                   f"{middle([o[0] for o in ours]):,.0f}/s, p99 {middle([o[1] for o in ours]) / 1000:.1f} ms",
                   f"row-lock function {middle(theirs):,.0f}/s", f"{middle(ratios):.1f}×", aim)
        ours, theirs, ratios = [], [], []
        for turn in range(ROUNDS):
            theirs.append(pgbench({**environment, "PGDATABASE": "seed"}, "validate.pgbench"))
            ours.append(wrk_all(running, "quote.lua", 128, turn, CODES="100000"))
            ratios.append(ours[-1][0] / theirs[-1])
        record("quotes over HTTP, two nodes on PostgreSQL",
               f"{middle([o[0] for o in ours]):,.0f}/s, p99 {middle([o[1] for o in ours]) / 1000:.1f} ms",
               f"validate_coupon {middle(theirs):,.0f}/s", f"{middle(ratios):.1f}×", "≥ 1.5×")


def pricing():
    say("pricing in process: 10 lines, 3 coupons")
    subprocess.run(["swift", "build", "-c", "release", "--package-path", str(HERE)], check=True,
                   stdout=subprocess.DEVNULL)
    output = subprocess.run([HERE / ".build" / "release" / "pricing-bench"], check=True, capture_output=True,
                            text=True).stdout
    figures = dict(line.split() for line in output.splitlines())
    record("pricing, 10 lines and 3 coupons",
           f"{int(figures['pricing_ns']):,} ns, {figures['pricing_allocations']} allocations", "bound 5,000 ns",
           f"{int(figures['pricing_ns']) / 5000:.2f}×", "< 1×")


def start():
    say("start-up time and resident memory with 1,000,000 codes stored")
    folder = with_codes(1_000_000)
    ready, resident = [], []
    for _ in range(5):
        with Scrip(folder) as scrip:
            ready.append(scrip.ready_seconds * 1000)
            time.sleep(2)
            resident.append(scrip.resident_bytes() / 1e6)
    record("ready after start", f"{middle(ready):.0f} ms", "bound 200 ms", f"{middle(ready) / 200:.2f}×", "< 1×")
    record("resident when idle", f"{middle(resident):.0f} MB", "bound 60 MB", f"{middle(resident) / 60:.2f}×", "< 1×")


def growth():
    say("quote latency with 10 k, 1 M and 10 M codes stored, one connection")
    medians = {}
    for count in (10_000, 1_000_000, 10_000_000):
        with Scrip(with_codes(count)) as scrip:
            wrk(scrip.url, "quote.lua", connections=1, seconds=4, CODES=str(count))
            medians[count] = middle(
                [1e6 / wrk(scrip.url, "quote.lua", connections=1, CODES=str(count))[0] for _ in range(ROUNDS)])
    for count, label in ((1_000_000, "1 M"), (10_000_000, "10 M")):
        record(f"quote latency at {label} codes", f"{medians[count]:.0f} µs", f"at 10 k codes {medians[10_000]:.0f} µs",
               f"{medians[count] / medians[10_000]:.2f}×", "≤ 1.3×")


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 1e6
    return f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release()}"


def main():
    parts = {"pricing": pricing, "start": start, "quotes": quotes, "locks": locks, "growth": growth,
             "postgres": on_postgres}
    for name in sys.argv[1:] or parts:
        parts[name]()
    print(f"Machine: {machine()}\n")
    print("| what | Scrip | rival or bound | ratio | aim |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


main()
