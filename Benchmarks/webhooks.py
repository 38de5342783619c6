"""Events on their way to an endpoint of webhooks: how many a second, beside what sends the same bodies and nothing else."""

import contextlib
import pathlib
import subprocess

from servers import HERE, free_port

UNDER_WAY = 8
LOCK_SECONDS = 2
FLAGS = ["--webhook-allow", "127.0.0.0/8", "--webhook-http"]


def rival_program(folder):
    program = pathlib.Path(folder) / "hooks"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "rivals" / "hooks.c", "-lcurl"], check=True)
    return program


@contextlib.contextmanager
def receiver(program, count):
    """An endpoint that takes so many messages; its list has their number and the seconds between the first and the last."""
    port = free_port()
    process = subprocess.Popen([program, "receive", str(port), str(count)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    found = []
    yield f"http://127.0.0.1:{port}/", found
    found += map(float, process.communicate(timeout=600)[0].split())


def delivered(program, scrip, count):
    """Messages a second to a new endpoint that wants the whole log, and the service's peak memory."""
    scrip.forget_peak()
    with receiver(program, count) as (url, found):
        webhook = scrip.post("/v1/webhooks", {"url": url, "after": 0})
    peak = scrip.peak_bytes()
    scrip.ask("DELETE", f"/v1/webhooks/{webhook['id']}")
    assert found[0] >= count, found
    return found[0] / found[1], peak


def posted(program, bodies, count):
    """The same bodies from a program that does nothing else."""
    with receiver(program, count) as (url, found):
        subprocess.run(
            [program, "send", url, bodies, str(UNDER_WAY)], check=True, stdout=subprocess.DEVNULL)
    return found[0] / found[1]
