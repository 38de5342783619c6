"""An endpoint of webhooks that verifies what it gets as any receiver would, with `standardwebhooks`, and answers as it is told
to: late, never, wrongly, or with more than anybody wants."""

import http.server
import json
import threading
import time

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver:
    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}/hook"
        self.secrets = []
        self.got = []
        self.times = []
        self.unverified = []
        self.under_way = 0
        self.most_under_way = 0
        self.lock = threading.Lock()
        self.behaviour = lambda handler: answer(handler, 204)
        self.server = None

    def open(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.lock:
                    outer.under_way += 1
                    outer.most_under_way = max(outer.most_under_way, outer.under_way)
                try:
                    outer.take(dict(self.headers), body)
                    outer.behaviour(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with outer.lock:
                        outer.under_way -= 1

            def do_GET(self):
                outer.unverified.append(("GET", self.path))
                answer(self, 200)

            def log_message(self, *_):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def close(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def take(self, headers, body):
        """Keeps a message if every secret that is known here verifies it."""
        headers = {name.lower(): value for name, value in headers.items()}
        try:
            for secret in self.secrets:
                Webhook(secret).verify(body, headers)
        except WebhookVerificationError as error:
            self.unverified.append((str(error), headers))
            return
        event = json.loads(body)
        with self.lock:
            self.times.append(time.monotonic())
            self.got.append((headers["webhook-id"], event, headers))

    def ids(self):
        return [identifier for identifier, _, _ in self.got]

    def types(self):
        return [event["type"] for _, event, _ in self.got]


def answer(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def slow(seconds):
    def behave(handler):
        time.sleep(seconds)
        answer(handler, 204)
    return behave


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 40))
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def cut_short(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"that is all")
    handler.close_connection = True


def hang_up(handler):
    handler.close_connection = True
    handler.connection.close()


def no_http(handler):
    handler.wfile.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
    handler.close_connection = True
