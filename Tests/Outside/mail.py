"""Mail servers that keep what they get, and say no where the recipient's name asks for it.

later@…      451 for the recipient          nobody@…     550 for the recipient
refused@…    554 after the mail             full@…       452 after the mail
cut@…        breaks the connection after the mail
GET /mail/RECIPIENT   what came for it, read by Python's email package: [{"headers": …, "parts": …, …}]
"""

import asyncio
import base64
import collections
import email
import email.header
import email.policy
import email.utils

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult

mails = collections.defaultdict(list)
USER, PASSWORD = "shop", "pa ss:wörd"


class Keeper:
    async def handle_RCPT(self, server, session, envelope, address, options):
        match address.split("@")[0]:
            case "later":
                return "451 4.3.0 Try again later"
            case "nobody":
                return f"550 5.1.1 <{address}> is nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        match recipient.split("@")[0]:
            case "refused":
                return "554 5.7.1 We don't want it"
            case "full":
                return "452 4.2.2 Mailbox full"
            case "cut":
                server.transport.abort()
                return "250 nobody hears this"
        mails[recipient].append({
            "from": envelope.mail_from, "encrypted": server.transport.get_extra_info("sslcontext") is not None,
            "user": getattr(session, "auth_data", None), "content": envelope.original_content})
        return "250 2.0.0 Kept"


def authenticate(server, session, envelope, mechanism, data):
    if (data.login, data.password) == (USER.encode(), PASSWORD.encode()):
        return AuthResult(success=True, auth_data=USER)
    return AuthResult(success=False, handled=False)


def read_address(content, header):
    """The newer parser puts a space between encoded words of a name, which the older one rightly drops."""
    text = email.message_from_bytes(content)[header].replace("\r\n", "")
    name, address = email.utils.parseaddr(text)
    return {"name": str(email.header.make_header(email.header.decode_header(name))), "address": address}


def read(mail):
    """What a mail program sees."""
    message = email.message_from_bytes(mail["content"], policy=email.policy.default)
    parts = [
        {"type": part.get_content_type(), "charset": part.get_content_charset(), "text": part.get_content().replace("\r\n", "\n"),
         "defects": [repr(defect) for defect in part.defects]}
        for part in message.walk() if not part.is_multipart()]
    defects = [repr(defect) for defect in message.defects]
    defects += [f"{name}: {defect!r}" for name, value in message.items() for defect in value.defects]
    addresses = {name: read_address(mail["content"], name) for name in ("From", "To", "Reply-To") if name in message}
    lines = mail["content"].split(b"\r\n")
    return {
        "from": mail["from"], "encrypted": mail["encrypted"], "user": mail["user"],
        "type": message.get_content_type(), "headers": [f"{name}: {value}" for name, value in message.items()],
        "addresses": addresses, "seconds": int(message["Date"].datetime.timestamp()), "parts": parts, "defects": defects,
        "longest_line": max(map(len, lines)), "is_seven_bit": mail["content"].isascii(),
        "has_bare_line_ends": any(b"\r" in line or b"\n" in line for line in lines),
        "content": base64.b64encode(mail["content"]).decode()}


async def listen(tls=None, **options):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Keeper(), hostname="mail.test", loop=loop, **options), "127.0.0.1", 0, ssl=tls)
    return str(server.sockets[0].getsockname()[1])


async def start(app, trust):
    async def tell(request):
        return web.json_response([read(mail) for mail in mails[request.match_info["recipient"]]])

    app.router.add_get("/mail/{recipient}", tell)
    here, another = trust.context("DNS:localhost"), trust.context("DNS:elsewhere.example")
    signed_in = {"authenticator": authenticate, "auth_required": True}
    return {
        "smtp": await listen(),
        "smtp_starttls": await listen(tls_context=here, require_starttls=True, **signed_in),
        "smtp_starttls_of_another": await listen(tls_context=another, require_starttls=True, **signed_in),
        "smtp_tls": await listen(here, auth_require_tls=False, **signed_in),
    }
