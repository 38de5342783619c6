"""Starts and stops what is measured, each on a private port and in a private folder."""

import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BINARY = ROOT / ".build" / "release" / "scrip"
ADMIN_KEY = "scrip_admin_0123456789abcdefghjkmnpqrstvwxyz"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Scrip:
    """A service on the embedded store, or on the one that is named."""

    def __init__(self, data, store=None, *flags, program=BINARY):
        self.program = program
        self.data = pathlib.Path(data)
        self.flags = flags
        self.settings = {"SCRIP_STORE": store, "SCRIP_IDENTITY_KEY": "5c" * 32} if store else {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        environment = {**os.environ, "SCRIP_ADMIN_KEY": ADMIN_KEY, "SCRIP_LOG_LEVEL": "error", **self.settings}
        started = time.perf_counter()
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data), *self.flags],
            env=environment, stdout=subprocess.DEVNULL, stderr=self.log)
        while True:
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                pass
            if self.process.poll() is not None:
                self.log.seek(0)
                raise SystemExit(f"scrip did not start:\n{self.log.read()}")
            time.sleep(0.002)
        self.ready_seconds = time.perf_counter() - started
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def forget_peak(self):
        """Has the peak of resident memory counted from now on."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024

    def ask(self, method, path, body=None):
        """The answer's text."""
        request = urllib.request.Request(
            self.url + path, data=None if body is None else json.dumps(body).encode(), method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {ADMIN_KEY}"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read().decode()

    def post(self, path, body):
        return json.loads(self.ask("POST", path, body))

    def coupon(self, name, codes, **members):
        terms = {"name": name, "discount": {"type": "percent", "percent": "10"}, "stacking": {"policy": "open"}}
        coupon = self.post("/v1/coupons", {**terms, **members})
        for start in range(0, len(codes), 10_000):
            self.post(f"/v1/coupons/{coupon['id']}/codes", {"codes": codes[start:start + 10_000]})
        self.post(f"/v1/coupons/{coupon['id']}/activate", {})
        return coupon["id"]


@contextlib.contextmanager
def nginx(configuration, **values):
    """nginx with a configuration in which @NAMES@ stand for values."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        text = (HERE / configuration).read_text()
        for name, value in {"PORT": port, **values}.items():
            text = text.replace(f"@{name}@", str(value))
        config = pathlib.Path(folder) / "nginx.conf"
        config.write_text(text)
        process = subprocess.Popen(["nginx", "-p", folder, "-c", str(config)])
        wait_for(port)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def constant(body):
    """nginx answering a constant body to POST /v1/quotes."""
    return nginx("rivals/nginx.conf", BODY=body.replace("$", "${dollar}"))


@contextlib.contextmanager
def postgres(*settings):
    """A fresh PostgreSQL with durable commits; yields the environment for its clients."""
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = tempfile.mkdtemp(prefix="scrip-bench-")
    port = str(free_port())
    prefix = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        prefix = ["runuser", "-u", "postgres", "--"]
    data = f"{folder}/data"

    def run(*arguments):
        subprocess.run([*prefix, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd="/")

    run(programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres")
    options = f"-p {port} -k {folder} -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB"
    options += "".join(f" -c {setting}" for setting in settings)
    run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
    try:
        yield {**os.environ, "PGHOST": folder, "PGPORT": port, "PGUSER": "postgres", "PGDATABASE": "postgres"}
    finally:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def wait_for(port):
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"nothing listens on port {port}")
