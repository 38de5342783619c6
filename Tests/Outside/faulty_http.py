"""HTTP as it should be, and as it should not. The path says which: /echo, /cut-before-answer/NAME, …

What came to a path is counted: /seen/NAME says how often NAME was the last part of one.
"""

import asyncio
import collections
import json
import socket

from aiohttp import web

seen = collections.Counter()


class HangUp(Exception):
    """The rest of the request is not waited for."""


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    if " /hang-up" in head:
        raise HangUp
    first, *lines = head.strip().split("\r\n")
    headers = [line.split(": ", 1) if ": " in line else [line.rstrip(":"), ""] for line in lines]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    method, path, _ = first.split(" ")
    return method, path, headers, await reader.readexactly(length)


def answer(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status} Tested", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def echo(request, peer):
    method, path, headers, body = request
    return answer(200, json.dumps({
        "method": method, "path": path, "headers": [f"{name}: {value}" for name, value in headers],
        "body": body.decode("latin-1"), "connection": peer[1]}).encode(), "Content-Type: application/json")


async def handle(reader, writer):
    try:
        answered = 0
        while not reader.at_eof():
            request = await read_request(reader)
            kind, _, name = request[1].split("?")[0].strip("/").partition("/")
            seen[name] += 1
            if kind == "dies-when-used-again" and answered:
                break
            if not await behave(kind, name, request, reader, writer):
                break
            answered += 1
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    except HangUp:
        writer.transport.abort()
    finally:
        writer.close()


async def behave(kind, name, request, reader, writer):
    """Answers one request; false if the connection is to be closed."""
    write = writer.write
    match kind:
        case "echo" | "dies-when-used-again":
            write(echo(request, writer.get_extra_info("peername")))
        case "status":
            write(answer(int(name), b"as you wish", "Retry-After: 7"))
        case "large":
            write(answer(200, b"x" * int(name)))
        case "large-head":
            write(answer(200, b"", *[f"X-Filler-{number}: {'x' * 1000}" for number in range(int(name))]))
        case "elsewhere":
            write(answer(302, b"", "Location: /echo"))
        case "interim":
            write(b"HTTP/1.1 103 Early Hints\r\nLink: </early>\r\n\r\n" + answer(200, b"late", "X-Late: yes"))
        case "cut-before-answer":
            return False
        case "cut-within-answer":
            write(answer(200, b"half and half")[:-4])
            return False
        case "silent":
            await reader.read()
            return False
        case "no-http":
            write(b"220 this is another protocol\r\n")
            return False
        case _:
            write(answer(404))
    return True


async def never_speak(reader, writer):
    await reader.read()
    writer.close()


async def listen(handler, tls=None):
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls)
    return server.sockets[0].getsockname()[1]


# Bound and never listened on: whoever connects is refused, and nobody else gets the port.
closed = socket.socket()


async def start(app, trust):
    async def tell_seen(request):
        return web.json_response(seen[request.match_info["name"]])

    app.router.add_get("/seen/{name}", tell_seen)
    closed.bind(("127.0.0.1", 0))
    return {
        "http": f"http://127.0.0.1:{await listen(handle)}",
        "https": f"https://127.0.0.1:{await listen(handle, trust.context('IP:127.0.0.1,DNS:localhost'))}",
        "https_of_another": f"https://127.0.0.1:{await listen(handle, trust.context('DNS:another.example'))}",
        "silent": f"127.0.0.1:{await listen(never_speak)}",
        "closed": f"127.0.0.1:{closed.getsockname()[1]}",
    }
