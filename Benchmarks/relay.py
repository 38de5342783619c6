"""Events on their way out: how fast a log is carried to a broker and into a file, and how late events come under load."""

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from servers import BINARY, HERE, Scrip, free_port, wait_for

LOCK_SECONDS = 15


@contextlib.contextmanager
def broker():
    """A NATS server with JetStream in files; gives its URL."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        program = shutil.which("nats-server") or "/usr/sbin/nats-server"
        process = subprocess.Popen(
            [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_for(port)
        try:
            yield f"nats://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def rival_program(folder):
    program = pathlib.Path(folder) / "broker"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "rivals" / "broker.c", "-lnats"], check=True)
    return program


def carried(scrip, relay):
    found = re.search(rf'scrip_relay_events_total{{relay="{relay}"}} (\d+)', scrip.ask("GET", "/metrics"))
    return int(found.group(1)) if found else 0


def drain(data, relay, count, *flags):
    """Events a second from the start of a service on a copy of a log of which nothing was carried."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "data"
        shutil.copytree(data, copy)
        # Those that were carried into a file when the log was made; a broker has had none.
        if relay == "file":
            subprocess.run([BINARY, "relay", "rewind", relay, "--data", copy], check=True, stdout=subprocess.DEVNULL)
        with Scrip(copy, None, *flags) as scrip:
            began = time.perf_counter()
            while carried(scrip, relay) < count:
                time.sleep(0.02)
            return count / (time.perf_counter() - began), scrip.peak_bytes()


def as_lines(events, target):
    """What the rival publishes: the same bytes under subjects like those of the relay."""
    with open(target, "w") as file:
        for line in open(events):
            event = json.loads(line)
            kind = event["subject"].split("_")[0]
            file.write(f"rival.tenant_1.{kind}.{event['type']}\t{event['id']}\t{line}")


def publish(program, lines):
    with broker() as url:
        count, seconds = subprocess.run(
            [program, "publish", url, lines], check=True, capture_output=True, text=True).stdout.split()
    return int(count) / float(seconds)


@contextlib.contextmanager
def listening(program, url):
    """Measures how late events come while the body runs; its list holds count, median, 99th percentile and longest."""
    process = subprocess.Popen([program, "lag", url, "5000000"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    found = []
    yield found
    found += map(float, process.communicate(timeout=120)[0].split())
