"""Services on every kind of store. PostgreSQL's server is SCRIP_TEST_POSTGRES, or a private one for this run."""

import contextlib
import os
import signal
import subprocess

import postgres
import pytest
from provider import Provider
from service import ROOT, Service

IDENTITY_KEY = "5c" * 32
LAYOUTS = {"sqlite": 1, "postgres": 1, "two nodes": 2, "pgbouncer": 2}

# A run that is ended stops its services and servers, as one that is interrupted does.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def server():
    """The address of a PostgreSQL server to make databases on."""
    if given := os.environ.get("SCRIP_TEST_POSTGRES"):
        yield given
        return
    cluster = postgres.Cluster()
    try:
        yield cluster.start().url
    finally:
        cluster.remove()


@pytest.fixture
def database(server):
    """The address of a new database."""
    with postgres.database(server) as url:
        yield url


@contextlib.contextmanager
def serving(folder, count, **settings):
    """So many running services that share a store, if the settings name one."""
    keys = folder / "sealing.keys"
    keys.write_text("shared " + "5a" * 32 + "\n")
    settings = {"SCRIP_IDENTITY_KEY": IDENTITY_KEY, "SCRIP_SEALING_KEYS": str(keys)} | settings
    services = [Service(folder / f"data{number}", **settings) for number in range(count)]
    with contextlib.ExitStack() as stack:
        for service in services:
            stack.callback(service.stop)
            service.start()
        yield services


@contextlib.contextmanager
def layout(request, tmp_path, kind):
    with contextlib.ExitStack() as stack:
        settings = {}
        if kind != "sqlite":
            url = request.getfixturevalue("database")
            settings["SCRIP_STORE"] = stack.enter_context(postgres.pooler(url)) if kind == "pgbouncer" else url
        yield stack.enter_context(serving(tmp_path, LAYOUTS[kind], **settings))


@pytest.fixture(params=["sqlite", "postgres"])
def service(request, tmp_path):
    """One service, on each kind of store."""
    with layout(request, tmp_path, request.param) as services:
        yield services[0]


@pytest.fixture(params=LAYOUTS)
def nodes(request, tmp_path):
    """The services of one shop, in every layout: alone on each store, two on one database, two behind a pooler."""
    with layout(request, tmp_path, request.param) as services:
        yield services


@pytest.fixture
def pair(database, tmp_path):
    """Two nodes on one database."""
    with serving(tmp_path, 2, SCRIP_STORE=database) as services:
        yield services


@pytest.fixture(scope="session")
def outside(tmp_path_factory):
    """The address of the servers of others: SCRIP_TEST_OUTSIDE, or a private one for this run."""
    if given := os.environ.get("SCRIP_TEST_OUTSIDE"):
        yield given
        return
    folder = str(tmp_path_factory.mktemp("outside"))
    command = str(ROOT / "scripts" / "outside")
    subprocess.run([command, "start", folder], check=True)
    yield subprocess.run([command, "url", folder], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([command, "stop", folder], check=True)


@pytest.fixture
def provider(outside):
    """A payment provider that no other test uses."""
    return Provider(outside)
