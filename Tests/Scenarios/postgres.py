"""PostgreSQL around the service: private servers, databases, sessions that get in the way, and a pooler."""

import contextlib
import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from service import ROOT, free_port

SCRIPT = ROOT / "scripts" / "postgres"
PATIENCE = 30
names = itertools.count(1)


def until(condition, what):
    """Waits for something that has to come true by itself."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"in vain for {PATIENCE} s: {what}"
        time.sleep(0.02)


def sql(url, statement):
    """Runs one statement; returns what it answers, as text."""
    result = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@contextlib.contextmanager
def database(server):
    """A new database on a server, gone at the end; gives its address."""
    name = f"scenario_{os.getpid()}_{next(names)}"
    sql(server, f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        sql(server, f"DROP DATABASE {name} WITH (FORCE)")


def restore(source, target):
    """Replaces the contents of one database by those of another, by way of a dump."""
    with tempfile.NamedTemporaryFile() as dump:
        for command in (["pg_dump", "--format=custom", "--dbname", source, "--file", dump.name],
                        ["pg_restore", "--clean", "--if-exists", "--exit-on-error", "--dbname", target, dump.name]):
            result = subprocess.run(command, capture_output=True, text=True)
            assert result.returncode == 0, result.stderr


@contextlib.contextmanager
def holding(url, *statements):
    """Another session, in a transaction that has run these statements and keeps what they locked."""
    session = subprocess.Popen(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        session.stdin.write("BEGIN;\n" + "".join(f"{statement};\n" for statement in statements) + "\\echo held\n")
        session.stdin.flush()
        for line in session.stdout:
            if line.strip() == "held":
                break
        else:
            raise AssertionError("the other session could not run its statements")
        yield
    finally:
        session.stdin.close()
        session.wait()


class Cluster:
    """A PostgreSQL server of its own, which a test may hurt."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scrip-postgres-"))

    def start(self):
        subprocess.run([SCRIPT, "start", self.folder], check=True)
        self.url = subprocess.run(
            [SCRIPT, "url", self.folder], check=True, capture_output=True, text=True).stdout.strip()
        return self

    def remove(self):
        subprocess.run([SCRIPT, "stop", self.folder], check=True)
        shutil.rmtree(self.folder)

    def processes(self):
        """The postmaster and the server processes below it."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        return [postmaster] + [process for process, parent in running() if parent == postmaster]

    def send(self, sent):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, sent)

    def kill(self):
        """Ends every process at once, as a crash of the machine would."""
        processes = self.processes()
        # The postmaster is stopped first, so that it starts no new one meanwhile.
        os.kill(processes[0], signal.SIGSTOP)
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until(lambda: not set(processes) & {process for process, _ in running()}, "the server's processes end")

    @contextlib.contextmanager
    def paused(self):
        """No process of the server runs, but its connections stay."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)


def running():
    """Every process that is not a zombie, with its parent."""
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    yield int(entry.name), int(parent)


@contextlib.contextmanager
def pooler(url):
    """pgbouncer in transaction mode with few server connections, in front of the server of a database."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="scrip-pooler-"))
    port, server_port = free_port(), url.rpartition("/")[0].rpartition(":")[2]
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "pgbouncer.ini").write_text(f"""
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 10
max_client_conn = 500
logfile = {folder}/log
""")
    binary = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
    assert binary, "pgbouncer is not installed: scripts/install test"
    owner = {}
    if os.getuid() == 0:
        # Like PostgreSQL, it refuses to run as root.
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "postgres")
    process = subprocess.Popen([binary, "-q", folder / "pgbouncer.ini"], cwd="/", **owner)
    pooled = url.replace(f":{server_port}/", f":{port}/")
    try:
        until(lambda: answers(pooled) or process.poll() is not None, "pgbouncer starts")
        assert process.poll() is None, (folder / "log").read_text()
        yield f"{pooled}?prepared=off"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def answers(url):
    """Whether a server takes connections there."""
    return subprocess.run(["psql", "-XqAt", "-d", url, "-c", "SELECT 1"], capture_output=True).returncode == 0
