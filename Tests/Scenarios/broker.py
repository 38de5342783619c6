"""A NATS server with JetStream on a private port and folder, and what it was sent."""

import asyncio
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import nats
from service import free_port


class Broker:
    def __init__(self, folder, settings=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def start(self):
        configuration = self.folder / "nats.conf"
        configuration.write_text(
            f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.folder}/kept" }}\n{self.settings}\n')
        program = shutil.which("nats-server") or "/usr/sbin/nats-server"
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([program, "-c", configuration], stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
        raise AssertionError("the broker does not start")

    def kill(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def messages(self, stream="SCRIP", **options):
        """Everything that a stream holds, in its order: subject, headers, event."""
        return asyncio.run(self._messages(stream, options))

    async def _messages(self, stream, options):
        client = await nats.connect(self.url, **options)
        try:
            jetstream = client.jetstream()
            try:
                state = (await jetstream.stream_info(stream)).state
            except nats.js.errors.NotFoundError:
                return []
            found = []
            if state.messages:
                reader = await jetstream.subscribe(">", stream=stream, ordered_consumer=True)
                while len(found) < state.messages:
                    message = await reader.next_msg(timeout=10)
                    found.append((message.subject, message.headers, json.loads(message.data)))
            return found
        finally:
            await client.close()

    def do(self, body, **options):
        """Runs a function of a client."""
        async def run():
            client = await nats.connect(self.url, **options)
            try:
                return await body(client)
            finally:
                await client.close()
        return asyncio.run(run())
