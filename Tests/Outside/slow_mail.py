"""Mail servers that say what they are told to say, when they are told to say it.

POST /smtp            opens one that follows a plan: {"RCPT": [{"after": 0.5, "say": "550 5.1.1 No"}, …], …}; gives {"port": …}
GET /smtp/PORT        {"connections": how many there were, "mails": how many came whole}

Steps are `greeting`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `mail` (the end of a mail) and `QUIT`. Of a step's replies each is given once, the
last one from then on; a reply without `say` is never given.
"""

import asyncio

from aiohttp import web

USUAL = {
    "greeting": "220 slow.test", "EHLO": "250-slow.test\r\n250 SIZE 100000000", "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK", "DATA": "354 Go on", "mail": "250 2.0.0 Kept", "QUIT": "221 2.0.0 Bye"}


class Server:
    def __init__(self, plan):
        self.plan = {step: list(replies) for step, replies in plan.items()}
        self.connections = 0
        self.mails = 0

    async def reply(self, step, writer):
        """Says what the plan has for a step, and gives its code; None for a silence that does not end."""
        replies = self.plan.get(step, [{"say": USUAL.get(step, "502 5.5.1 What?")}])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        await asyncio.sleep(reply.get("after", 0))
        if "say" not in reply:
            return None
        writer.write(reply["say"].encode() + b"\r\n")
        await writer.drain()
        return reply["say"][:3]

    async def talk(self, reader, writer):
        self.connections += 1
        try:
            step = "greeting"
            while code := await self.reply(step, writer):
                if step == "QUIT":
                    return
                if step == "DATA" and code == "354":
                    while await reader.readuntil(b"\r\n") != b".\r\n":
                        pass
                    self.mails += 1
                    step = "mail"
                else:
                    step = (await reader.readuntil(b"\r\n"))[:4].decode().strip().upper().replace("HELO", "EHLO")
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def start(app, trust):
    servers = {}

    async def open_one(request):
        server = Server(await request.json())
        listener = await asyncio.start_server(server.talk, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        servers[str(port)] = (server, listener)
        return web.json_response({"port": port})

    async def tell(request):
        server, _ = servers[request.match_info["port"]]
        return web.json_response({"connections": server.connections, "mails": server.mails})

    app.router.add_post("/smtp", open_one)
    app.router.add_get("/smtp/{port}", tell)
    return {}
