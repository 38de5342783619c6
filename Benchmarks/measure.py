"""Measures Scrip beside its rivals, in one run, and prints figures and ratios as Markdown tables.

Usage: measure.py [--before PROGRAM] [quotes] [locks] [start] [growth] [postgres] [checkouts] [billing] [pricing]
                  [instructions] [relay] [webhooks] [fraud]

Without parts everything is measured. With --before another build of scrip takes its turns in every round.
"""

import argparse
import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import billing
import checkouts
import relay
import request_cost
import rival_billing
import rival_shop
import webhooks
from request_cost import CART
from servers import ADMIN_KEY, BINARY, HERE, Scrip, constant, postgres

STORED = HERE / "stored"
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS_EACH", "8"))
CODES = int(os.environ.get("CODES_STORED", "1000000"))
tables = {}
programs = {"now": BINARY}


def say(text):
    print(text, file=sys.stderr, flush=True)


def record(table, what, figures, rival, ratio, aim):
    """Notes a row. `figures` has a text for each program."""
    tables.setdefault(table, []).append((what, figures, rival, ratio, aim))
    say(f"  {what}: {' | before '.join(figures.values())} | {rival} | {ratio} | aim {aim}")


def in_turns(rival, ours):
    """Measures a rival and every program one after the other, a few times. `ours` has a function for each program, which
    tells requests a second and the 99th percentile in microseconds. Gives the programs' texts, what the rival does a
    second, and the ratio of the newest program, all of them medians."""
    theirs, ratios, found = [], [], {name: [] for name in ours}
    for turn in range(ROUNDS):
        theirs.append(rival())
        for name, measure in ours.items():
            found[name].append(measure(turn))
        ratios.append(found["now"][-1][0] / theirs[-1])
    texts = {name: f"{middle([each[0] for each in all]):,.0f}/s, p99 {middle([each[1] for each in all]) / 1000:.1f} ms"
             for name, all in found.items()}
    return texts, middle(theirs), middle(ratios)


def wrk(url, script, connections=64, seconds=SECONDS, **environment):
    """Requests a second, 99th percentile and median in microseconds."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "load" / script), url], check=True,
        capture_output=True, text=True, env={**os.environ, "KEY": ADMIN_KEY, **environment})
    found = re.search(r"result (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output.stdout)
    count, micros, median, p99, _, errors = map(int, found.groups())
    if errors:
        raise SystemExit(f"{errors} of {count} requests failed:\n{output.stderr}")
    return count / (micros / 1e6), p99, median


def with_codes(count, name="now"):
    """A data folder with so many codes stored by a program, made once and kept."""
    program = programs[name]
    folder = STORED / f"codes-{count}" / str(program.stat().st_mtime_ns)
    marker = folder / "complete"
    if not marker.exists():
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        folder.mkdir(parents=True)
        with Scrip(folder, program=program) as scrip:
            started = time.perf_counter()
            scrip.coupon("Bench", [f"BENCH-{number:07d}" for number in range(count)])
            say(f"  stored {count} codes in {time.perf_counter() - started:.1f} s")
        marker.touch()
    return folder


def middle(values):
    return statistics.median(values)


@contextlib.contextmanager
def each_program(folder_of):
    """A service of each program, on a folder of its own."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Scrip(folder_of(name), program=program))
               for name, program in programs.items()}


def quotes():
    say(f"quotes over HTTP, {CODES:,} codes stored, beside nginx returning a constant of the same size")
    with each_program(lambda name: with_codes(CODES, name)) as running:
        question = {"codes": ["BENCH-0000001"], "customer": {"user_id": "u-1"}, "cart": CART}
        with constant(running["now"].ask("POST", "/v1/quotes", question)) as bound:
            texts, rival, ratio = in_turns(
                lambda: wrk(bound, "quote.lua", CODES=str(CODES))[0],
                {name: lambda turn, scrip=scrip: wrk(scrip.url, "quote.lua", CODES=str(CODES))
                 for name, scrip in running.items()})
    record("SQLite", f"quotes over HTTP, {CODES:,} codes", texts, f"nginx constant {rival:,.0f}/s", f"{ratio:.2f}×", "≥ 0.5×")


def pgbench(environment, script, clients=16):
    output = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(SECONDS), "-f",
         str(HERE / "rivals" / script)], check=True, capture_output=True, text=True, env=environment)
    return float(re.search(r"tps = ([\d.]+)", output.stdout).group(1))


def with_coupons(scrip):
    """Makes what locks are taken of: one coupon that everybody wants, and a thousand others."""
    limits = {"total": 1_000_000_000, "per_user": 1}
    scrip.coupon("Hot", ["HOT"], limits=limits)
    for number in range(1000):
        scrip.coupon(f"Scattered {number}", [f"SCATTER-{number:04d}"], limits=limits)


def lock_loads(aims):
    """Locks of the hot coupon, then of scattered ones: names, numbers of coupons, the rival's script, the aim."""
    return zip(("hot coupon", "scattered coupons"), ("1", "1000"), ("hot.pgbench", "scattered.pgbench"), aims)


def locks():
    say("lock + commit over HTTP, beside the row-lock function under pgbench, both durable")
    folder = STORED / "locks"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    with each_program(lambda name: folder / name) as running, postgres() as environment:
        for scrip in running.values():
            with_coupons(scrip)
        subprocess.run(["psql", "-q", "-f", str(HERE / "rivals" / "schema.sql")], check=True, env=environment)
        for name, coupons, script, aim in lock_loads(("≥ 10×", "≥ 1.5×")):
            texts, rival, ratio = in_turns(
                lambda: pgbench(environment, script),
                {label: lambda turn, scrip=scrip: wrk(
                    scrip.url, "lock.lua", connections=256, COUPONS=coupons, RUN=f"{coupons}-{turn}")
                 for label, scrip in running.items()})
            record("SQLite", f"lock + commit over HTTP, {name}", texts, f"row-lock function {rival:,.0f}/s",
                   f"{ratio:.1f}×", aim)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@contextlib.contextmanager
def nodes(environment, name, count, *flags):
    """So many services of a program on a PostgreSQL database of their own, each with one event loop: they share this
    computer's cores."""
    subprocess.run(["createdb", f"bench_{name}"], check=True, env=environment)
    store = f"postgres://{environment['PGUSER']}@/bench_{name}?host={environment['PGHOST']}&port={environment['PGPORT']}"
    folder = STORED / f"nodes-{name}"
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(Scrip(folder / str(number), store, "--loops", "1", *flags, program=programs[name]))
                   for number in range(count)]
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
    return sum(result[0] for result in results), max(result[1] for result in results)


def on_postgres():
    say("two nodes on PostgreSQL, beside the functions that work on rows, on the same server")
    with postgres() as environment, contextlib.ExitStack() as stack:
        running = {name: stack.enter_context(nodes(environment, name, 2)) for name in programs}
        for first, _ in running.values():
            with_coupons(first)
            first.coupon("Bench", [f"BENCH-{number:07d}" for number in range(100_000)])
        for database, script in (("postgres", HERE / "rivals" / "schema.sql"), ("seed", HERE / "rivals" / "validate.sql")):
            if database == "seed":
                subprocess.run(["createdb", "seed"], check=True, env=environment)
            subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", str(script)], check=True,
                           env=environment, cwd=HERE.parent, stdout=subprocess.DEVNULL)
        for name, coupons, script, aim in lock_loads(("≥ 8×", "≥ 1.5×")):
            texts, rival, ratio = in_turns(
                lambda: pgbench(environment, script),
                {label: lambda turn, own=own: wrk_all(own, "lock.lua", 256, f"{coupons}-{turn}", COUPONS=coupons)
                 for label, own in running.items()})
            record("PostgreSQL, two nodes", f"lock + commit over HTTP, {name}", texts,
                   f"row-lock function {rival:,.0f}/s", f"{ratio:.1f}×", aim)
        texts, rival, ratio = in_turns(
            lambda: pgbench({**environment, "PGDATABASE": "seed"}, "validate.pgbench"),
            {label: lambda turn, own=own: wrk_all(own, "quote.lua", 128, turn, CODES="100000")
             for label, own in running.items()})
        record("PostgreSQL, two nodes", "quotes over HTTP, 100,000 codes", texts, f"`validate_coupon` {rival:,.0f}/s",
               f"{ratio:.1f}×", "≥ 1.5×")


def whole_checkouts():
    """On both stores and in the rival's shop, in turns: the bare lock and redemption, checkouts that are paid outside, and
    checkouts that the provider's double takes the money of."""
    say("whole checkouts over HTTP, beside a Django shop on the same PostgreSQL")
    folder = STORED / "checkouts"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    sealing_keys = folder / "sealing.keys"
    sealing_keys.write_text("first " + "5a" * 32 + "\n")
    with checkouts.provider() as provider, postgres() as environment, contextlib.ExitStack() as stack:
        say(f"  the provider's double alone: {provider.capacity():,.0f} calls a second")
        flags = ("--stripe-url", provider.url)
        stores = {"SQLite": [stack.enter_context(Scrip(folder / "sqlite", None, *flags))],
                  "PostgreSQL, two nodes": stack.enter_context(
                      nodes(environment, "now", 2, *flags, "--sealing-keys", str(sealing_keys)))}
        workers, shops = stack.enter_context(rival_shop.shops(
            environment, provider.url, lambda shop: drive_shop(shop, "1", "trial", provider, 3)[0]))
        say(f"  the Django shop has {workers} workers")
        for first, *_ in stores.values():
            with_coupons(first)
        for coupons, name, aim in (("1", "hot coupon", "≥ 20×"), ("1000", "scattered coupons", "≥ 10×")):
            rounds = [one_round(turn, coupons, stores, shops, provider) for turn in range(ROUNDS)]
            record_checkouts(name, stores, rounds, aim)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def drive_shop(shop, coupons, run, provider, seconds=SECONDS):
    return checkouts.drive_counted(
        shop.paid, [shop.url], "rival", coupons, run, provider.paid, seconds, rival_shop.CONNECTIONS)


def one_round(turn, coupons, stores, shops, provider):
    """A result, how many a second and the 99th percentile, for everything that takes a turn."""
    found = {}
    for way, service in (("application", "manual"), ("outside", "manual"), ("provider", "stripe")):
        if shop := shops.get(way):
            found["Django", way] = drive_shop(shop, coupons, f"{way}-{coupons}-{turn}", provider)
        for store, running in stores.items():
            checkouts.pay_through(running[0], service)
            found[store, way] = checkouts.drive_counted(
                lambda: checkouts.redeemed(running[0]), [node.url for node in running], way, coupons,
                f"{way}-{coupons}-{turn}", provider.paid, SECONDS,
                checkouts.CONNECTIONS_OF_PROVIDER if way == "provider" else checkouts.CONNECTIONS)
    return found


def record_checkouts(name, stores, rounds, aim):
    def text(store, way):
        return (f"{middle([each[store, way][0] for each in rounds]):,.0f}/s, "
                f"p99 {middle([each[store, way][1] for each in rounds]) / 1000:.0f} ms")

    for store in stores:
        record(store, f"lock + redeem alone, {name}", {"now": text(store, "application")}, "bound of the next two", "", "")
        for way, label in (("outside", "checkout paid outside"), ("provider", "checkout through the provider")):
            ratio = middle([each[store, way][0] / each["Django", way][0] for each in rounds])
            record(store, f"{label}, {name}", {"now": text(store, way)}, f"Django {text('Django', way)}",
                   f"{ratio:.1f}×", aim)


def billing_runs():
    """A month's invoices on both stores and by the rival's functions, in turns, month after month."""
    say(f"billing runs of {billing.SUBSCRIPTIONS:,} subscriptions, beside functions on the same PostgreSQL")
    folder = STORED / "billing"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    with postgres(billing.Statements.settings) as environment, contextlib.ExitStack() as stack:
        statements = billing.Statements(environment)
        rival_billing.check(environment)
        rival = rival_billing.Rival(environment)
        rival.fill()
        stores = {"SQLite": [stack.enter_context(Scrip(folder))],
                  "PostgreSQL, two nodes": stack.enter_context(nodes(environment, "now", 2))}
        for store, running in stores.items():
            say(f"  {store}: subscribed in {billing.subscribe(running):.0f} s")
            for node in running:
                node.forget_peak()
        months = [billing_month(month, stores, rival) for month in range(1, ROUNDS + 1)]
        with statements:
            sent = {"rival": statements.of("billing", billing.COUNTED, lambda: rival.bill(ROUNDS + 1, billing.COUNTED)),
                    "now": statements.of("bench_now", billing.COUNTED, lambda: billing.run(
                        stores["PostgreSQL, two nodes"],
                        billing.drafts(ROUNDS + 1, range(1, billing.COUNTED + 1)), 201))}
        record_billing(stores, months, sent)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def billing_month(month, stores, rival):
    """Invoices a second of everything that takes a turn: drafted, finalized, and the drafts sent once more."""
    found = {"rival": rival.bill(month)}
    numbers = range(1, billing.SUBSCRIPTIONS + 1)
    for store, running in stores.items():
        for what, requests, status in (("drafted", billing.drafts, 201), ("finalized", billing.finals, 200),
                                       ("again", billing.drafts, 200)):
            found[store, what] = billing.run(running, requests(month, numbers), status)
        billing.check(running[0], month)
    return found


def record_billing(stores, months, sent):
    for store, running in stores.items():
        def rate(what):
            return {"now": f"{middle([month[store, what] for month in months]):,.0f} invoices/s"}

        ratio = middle([month[store, "drafted"] / month["rival"] for month in months])
        record(store, f"billing run, {billing.SUBSCRIPTIONS:,} subscriptions with 3 coupons", rate("drafted"),
               f"PL/pgSQL functions {middle([month['rival'] for month in months]):,.0f} invoices/s", f"{ratio:.1f}×",
               "≥ 10×")
        record(store, "finalizing these invoices", rate("finalized"), "", "", "")
        record(store, "the same run once more", rate("again"), "", "", "")
        peak = max(node.peak_bytes() for node in running) / 1e6
        record(store, "peak resident memory of these runs", {"now": f"{peak:.0f} MB"}, "bound 200 MB",
               f"{peak / 200:.2f}×", "< 1×")
    figures = {name: f"{own[0]:.2f} sent, {own[1]:.1f} run" for name, own in sent.items()}
    record("PostgreSQL, two nodes", "statements for each invoice", {"now": figures["now"]}, f"functions {figures['rival']}",
           f"{sent['now'][1] / sent['rival'][1]:.2f}×", "")


def relays():
    """A log of locks carried to a broker and into a file, beside a program that only publishes the same bytes; then how
    late events come while locks are taken as fast as they can be."""
    say("events carried to JetStream, beside a program that publishes the same bytes from a file")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program = relay.rival_program(folder)
        data, lines, events = folder / "data", folder / "lines", folder / "events"
        data.mkdir()
        with Scrip(data, None, "--relay-file", str(events)) as scrip:
            scrip.coupon("Hot", ["HOT"], limits={"total": 1_000_000_000, "per_user": 1})
            wrk(scrip.url, "lock.lua", seconds=relay.LOCK_SECONDS, COUPONS="1", RUN="relay")
            while json.loads(subprocess.run([BINARY, "relay", "status", "--json", "--data", str(data)], check=True,
                                            capture_output=True, text=True).stdout)["tenants_behind"]:
                time.sleep(0.1)
        count = sum(1 for _ in open(events))
        relay.as_lines(events, lines)
        theirs, ours, files, peaks = [], [], [], []
        for turn in range(ROUNDS):
            theirs.append(relay.publish(program, lines))
            with relay.broker() as url:
                rate, peak = relay.drain(data, "nats", count, "--nats", url)
            ours.append(rate)
            peaks.append(peak)
            files.append(relay.drain(data, "file", count, "--relay-file", str(folder / f"again-{turn}"))[0])
        ratio = middle([own / other for own, other in zip(ours, theirs)])
        record("SQLite", f"relay to JetStream, {count:,} events", {"now": f"{middle(ours):,.0f} events/s"},
               f"publishing the same bytes {middle(theirs):,.0f}/s", f"{ratio:.2f}×", "≥ 0.5×")
        record("SQLite", "relay into a file", {"now": f"{middle(files):,.0f} events/s"}, "", "", "")
        record("SQLite", "peak resident memory of the relay's service", {"now": f"{max(peaks) / 1e6:.0f} MB"}, "", "", "")
        with relay.broker() as url, Scrip(data, None, "--nats", url) as scrip:
            while relay.carried(scrip, "nats") < count:
                time.sleep(0.1)
            with relay.listening(program, url) as lag:
                locked = wrk(scrip.url, "lock.lua", COUPONS="1", RUN="lag")[0]
        record("SQLite", f"how late events come at {locked:,.0f} locks/s",
               {"now": f"median {lag[1]:.0f} ms, p99 {lag[2]:.0f} ms, longest {lag[3]:.0f} ms"}, f"{lag[0]:,.0f} events", "", "")


def hooks():
    """A log sent to one endpoint, beside a program that posts the same bytes with the same library, so many at a time."""
    say("events sent to an endpoint, beside a program that posts the same bytes from a file")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program = webhooks.rival_program(folder)
        data, events = folder / "data", folder / "events"
        data.mkdir()
        with Scrip(data, None, *webhooks.FLAGS, "--relay-file", str(events)) as scrip:
            scrip.coupon("Hot", ["HOT"], limits={"total": 1_000_000_000, "per_user": 1})
            wrk(scrip.url, "lock.lua", seconds=webhooks.LOCK_SECONDS, COUPONS="1", RUN="webhooks")
            while json.loads(subprocess.run([BINARY, "relay", "status", "--json", "--data", str(data)], check=True,
                                            capture_output=True, text=True).stdout)["tenants_behind"]:
                time.sleep(0.1)
        count = sum(1 for _ in open(events))
        theirs, ours, peaks = [], [], []
        with Scrip(data, None, *webhooks.FLAGS) as scrip:
            for _ in range(ROUNDS):
                theirs.append(webhooks.posted(program, events, count))
                rate, peak = webhooks.delivered(program, scrip, count)
                ours.append(rate)
                peaks.append(peak)
        ratio = middle([own / other for own, other in zip(ours, theirs)])
        record("SQLite", f"webhooks to one endpoint, {count:,} events", {"now": f"{middle(ours):,.0f} messages/s"},
               f"posting the same bytes {middle(theirs):,.0f}/s", f"{ratio:.2f}×", "≥ 0.1×")
        record("SQLite", "peak resident memory of the service that sends", {"now": f"{max(peaks) / 1e6:.0f} MB"}, "", "", "")


def pricing():
    say("pricing in process: 10 lines, 3 coupons")
    subprocess.run(["swift", "build", "-c", "release", "--package-path", str(HERE)], check=True,
                   stdout=subprocess.DEVNULL)
    output = subprocess.run([HERE / ".build" / "release" / "pricing-bench"], check=True, capture_output=True,
                            text=True).stdout
    figures = dict(line.split() for line in output.splitlines())
    counted = subprocess.run([HERE / "instructions"], check=True, capture_output=True, text=True).stdout.split()[1]
    record("In process", "pricing, 10 lines and 3 coupons", {"now": f"{int(figures['pricing_ns']):,} ns"}, "bound 5,000 ns",
           f"{int(figures['pricing_ns']) / 5000:.2f}×", "< 1×")
    record("In process", "allocations of that", {"now": figures["pricing_allocations"]}, "bound 15",
           f"{float(figures['pricing_allocations']) / 15:.2f}×", "≤ 1×")
    record("In process", "instructions of that", {"now": f"{int(counted):,}"}, "bound 21,640", f"{int(counted) / 21640:.2f}×",
           "≤ 1×")


def instructions():
    say("instructions of one request over HTTP on SQLite")
    for what, kind, clients, bound in (("a quote", "quote", 1, 100_000), ("a lock, one caller", "lock", 1, 300_000),
                                       ("a lock, 64 callers", "lock", 64, 300_000)):
        found = {name: request_cost.instructions(program, kind, clients) for name, program in programs.items()}
        record("Instructions", what, {name: f"{count:,}" for name, count in found.items()}, f"bound {bound:,}",
               f"{found['now'] / bound:.2f}×", "≤ 1×")


def fraud():
    """What it costs that fraud rules judge locks: the same service with and without, in turns, and instructions."""
    say("locks of customers of whom device, card and address are known, judged and not")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        plain, judged = (stack.enter_context(Scrip(pathlib.Path(folder) / name)) for name in ("plain", "judged"))
        for scrip in (plain, judged):
            with_coupons(scrip)
        judged.ask("PUT", "/v1/fraud/settings", {"mode": "on"})
        for name, coupons in (("hot coupon", "1"), ("scattered coupons", "1000")):
            def load(scrip, run):
                return wrk(scrip.url, "lock.lua", connections=256, COUPONS=coupons, RUN=run, TRAITS="yes")
            turns = itertools.count()
            texts, rival, ratio = in_turns(
                lambda: load(plain, f"p{coupons}-{next(turns)}")[0],
                {"now": lambda turn: load(judged, f"j{coupons}-{turn}")})
            record("SQLite", f"judged lock + commit over HTTP, {name}", texts, f"not judged {rival:,.0f}/s",
                   f"{ratio:.2f}×", "≥ 0.95×")
    for clients in (1, 64):
        least = request_cost.instructions(BINARY, "known", clients)
        count = request_cost.instructions(BINARY, "judged", clients)
        record("Instructions", f"a judged lock, {clients} callers", {"now": f"{count:,}"}, f"not judged {least:,}",
               f"{count / least:.2f}×", "≤ 1.05×")


def start():
    say("start-up time and resident memory with 1,000,000 codes stored")
    ready, resident = {}, {}
    for name, program in programs.items():
        folder = with_codes(1_000_000, name)
        for _ in range(5):
            with Scrip(folder, program=program) as scrip:
                ready.setdefault(name, []).append(scrip.ready_seconds * 1000)
                time.sleep(2)
                resident.setdefault(name, []).append(scrip.resident_bytes() / 1e6)
    record("SQLite", "ready after start", {name: f"{middle(all):.0f} ms" for name, all in ready.items()}, "bound 200 ms",
           f"{middle(ready['now']) / 200:.2f}×", "< 1×")
    record("SQLite", "resident when idle", {name: f"{middle(all):.0f} MB" for name, all in resident.items()},
           "bound 60 MB", f"{middle(resident['now']) / 60:.2f}×", "< 1×")


def growth():
    say("quote latency with 10 k, 1 M and 10 M codes stored, one connection")
    medians = {}
    for count in (10_000, 1_000_000, 10_000_000):
        with Scrip(with_codes(count)) as scrip:
            wrk(scrip.url, "quote.lua", connections=1, seconds=4, CODES=str(count))
            medians[count] = middle(
                [1e6 / wrk(scrip.url, "quote.lua", connections=1, CODES=str(count))[0] for _ in range(ROUNDS)])
    for count, label in ((1_000_000, "1 M"), (10_000_000, "10 M")):
        record("SQLite", f"quote latency at {label} codes", {"now": f"{medians[count]:.0f} µs"},
               f"at 10 k codes {medians[10_000]:.0f} µs", f"{medians[count] / medians[10_000]:.2f}×", "≤ 1.3×")


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 1e6
    return f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release()}"


PARTS = {"pricing": pricing, "instructions": instructions, "start": start, "quotes": quotes, "locks": locks,
         "growth": growth, "postgres": on_postgres, "checkouts": whole_checkouts, "billing": billing_runs,
         "relay": relays, "webhooks": hooks, "fraud": fraud}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--before", type=pathlib.Path, metavar="PROGRAM", help="another build of scrip")
    asked = parser.parse_args()
    if asked.before:
        programs["before"] = asked.before
    for name in asked.parts or PARTS:
        PARTS[name]()
    print(f"Machine: {machine()}. `ROUNDS={ROUNDS} SECONDS_EACH={SECONDS}`.")
    for table, rows in tables.items():
        before = " before |" if asked.before else ""
        print(f"\n**{table}**\n\n| what | Scrip |{before} rival or bound | ratio | aim |")
        print("| --- | --- |" + (" --- |" if asked.before else "") + " --- | --- | --- |")
        for what, figures, rival, ratio, aim in rows:
            cells = [what, figures["now"], *([figures.get("before", "")] if asked.before else []), rival, ratio, aim]
            print("| " + " | ".join(cells) + " |")


main()
