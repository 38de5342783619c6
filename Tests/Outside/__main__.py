"""Servers of others for tests: HTTP that misbehaves, a payment provider, mail servers.

python Tests/Outside FOLDER   serves until it is ended; FOLDER/address says where, once everything is there
"""

import asyncio
import os
import pathlib
import signal
import sys

from aiohttp import web

import certificates
import faulty_http
import html_reader
import mail
import mustache_reader
import provider
import slow_mail

PARTS = [faulty_http, html_reader, mail, mustache_reader, provider, slow_mail]


async def serve(folder):
    trust = certificates.Authority(folder)
    addresses = {"trusted_certificates": str(trust.file)}
    app = web.Application(client_max_size=1 << 26)
    for part in PARTS:
        addresses |= await part.start(app, trust)

    async def tell(_):
        return web.json_response(addresses)

    app.router.add_get("/addresses", tell)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    addresses["control"] = f"http://127.0.0.1:{port}"
    # Whoever sees the file finds all of it.
    (folder / "address.new").write_text(addresses["control"])
    os.replace(folder / "address.new", folder / "address")
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(pathlib.Path(sys.argv[1]).resolve()))
