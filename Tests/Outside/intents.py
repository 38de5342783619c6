"""localstripe, and what it lacks of Stripe's payment intents: capture, another payment method, refunds by intent, errors."""

import aiohttp
from aiohttp import web
from localstripe import resources, server

# What localstripe does not know of intents: how they are captured, and what was.
extras = {}
local = {"url": None, "session": None}


# Those that a bank would not have after they had been made.
failed_refunds = set()


def error(status, type, code=None, message="As the test wants it.", **more):
    body = {"type": type, "message": message, **more}
    if code:
        body["code"] = code
    return status, {"error": body}


async def localstripe(method, path, fields=None):
    headers = {"Authorization": "Bearer sk_test_12345"}
    async with local["session"].request(method, local["url"] + path, data=fields, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


def complete(intent):
    """The intent with what localstripe leaves out."""
    extra = extras.setdefault(intent["id"], {"capture_method": "automatic", "captured": None, "canceled": False})
    charge = intent.get("latest_charge")
    intent["latest_charge"] = charge["id"] if isinstance(charge, dict) else charge
    intent["capture_method"] = extra["capture_method"]
    intent["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "always"}
    intent["amount_received"] = intent["amount"] if intent["status"] == "succeeded" else 0
    intent["amount_capturable"] = 0
    if extra["canceled"]:
        intent |= {"status": "canceled", "amount_received": 0}
    elif extra["capture_method"] == "manual" and intent["status"] == "succeeded":
        if extra["captured"] is None:
            intent |= {"status": "requires_capture", "amount_received": 0, "amount_capturable": intent["amount"]}
        else:
            intent["amount_received"] = extra["captured"]
    for name in ("charges", "next_action", "invoice"):
        intent.pop(name, None)
    return intent


def moved_on(intent):
    return error(400, "invalid_request_error", "payment_intent_unexpected_state", payment_intent=intent)


async def fetch(id):
    status, intent = await localstripe("GET", f"/v1/payment_intents/{id}")
    if status != 200:
        raise Refused(*error(404, "invalid_request_error", "resource_missing", param="intent"))
    return complete(intent)


class Refused(Exception):
    def __init__(self, status, body):
        self.answer = status, body


async def create(fields):
    capture = fields.pop("capture_method", "automatic")
    for known in ("automatic_payment_methods[enabled]", "description"):
        fields.pop(known, None)
    status, intent = await localstripe("POST", "/v1/payment_intents", fields)
    if status != 200:
        return error(400, "invalid_request_error", "parameter_invalid")
    extras[intent["id"]] = {"capture_method": capture, "captured": None, "canceled": False}
    return 200, complete(intent)


async def confirm(id, fields):
    intent = await fetch(id)
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        return moved_on(intent)
    method = fields.get("payment_method")
    if method:
        # The charge that failed before is in the way of another try.
        resources.PaymentIntent._api_retrieve(id).latest_charge = None
        await localstripe("POST", f"/v1/payment_intents/{id}", {"payment_method": method})
    status, answer = await localstripe("POST", f"/v1/payment_intents/{id}/confirm")
    if status != 200:
        return error(400, "invalid_request_error", "parameter_missing", param="payment_method")
    intent = complete(answer)
    if refusal := intent.get("last_payment_error"):
        return error(402, "card_error", refusal["code"], refusal["message"], decline_code="generic_decline",
                     payment_intent=intent)
    return 200, intent


async def cancel(id, fields):
    intent = await fetch(id)
    if intent["status"] in ("succeeded", "canceled", "processing"):
        return moved_on(intent)
    extras[id]["canceled"] = True
    return 200, await fetch(id)


async def capture(id, fields):
    intent = await fetch(id)
    if intent["status"] != "requires_capture":
        return moved_on(intent)
    amount = int(fields.get("amount_to_capture", intent["amount"]))
    if amount > intent["amount"]:
        return error(400, "invalid_request_error", "amount_too_large", param="amount_to_capture")
    extras[id]["captured"] = amount
    return 200, await fetch(id)


async def refunds_of(id):
    intent = await fetch(id)
    if not intent["latest_charge"]:
        return intent, []
    _, page = await localstripe("GET", f"/v1/refunds?charge={intent['latest_charge']}&limit=100")
    for refund in page["data"]:
        refund["payment_intent"] = id
        if refund["id"] in failed_refunds:
            refund["status"] = "failed"
    return intent, page["data"]


async def refund(fields):
    id = fields.pop("payment_intent")
    intent, earlier = await refunds_of(id)
    left = intent["amount_received"] - sum(refund["amount"] for refund in earlier if refund["status"] != "failed")
    amount = int(fields.pop("amount", left))
    if intent["amount_received"] and left == 0:
        return error(400, "invalid_request_error", "charge_already_refunded")
    if amount > left or amount < 1:
        return error(400, "invalid_request_error", param="amount")
    status, answer = await localstripe(
        "POST", "/v1/refunds", fields | {"charge": intent["latest_charge"], "amount": str(amount)})
    return status, answer | {"payment_intent": id}


async def list_refunds(query):
    _, refunds = await refunds_of(query["payment_intent"])
    names = [refund["id"] for refund in refunds]
    first = names.index(query["starting_after"]) + 1 if "starting_after" in query else 0
    # Pages of two, so that nobody takes the first one for all.
    page = refunds[first:first + 2]
    return 200, {"object": "list", "url": "/v1/refunds", "has_more": len(refunds) > first + 2, "data": page}


async def act(method, path, fields, query):
    """What Stripe would do."""
    match [method, *path.strip("/").split("/")]:
        case ["POST", "v1", "payment_intents"]:
            return await create(fields)
        case ["GET", "v1", "payment_intents", id]:
            return 200, await fetch(id)
        case ["POST", "v1", "payment_intents", id, verb] if verb in ("confirm", "cancel", "capture"):
            return await {"confirm": confirm, "cancel": cancel, "capture": capture}[verb](id, fields)
        case ["GET", "v1", "payment_intents"]:
            return await localstripe(method, path + "?limit=" + query["limit"])
        case ["POST", "v1", "refunds"]:
            return await refund(fields)
        case ["GET", "v1", "refunds"]:
            return await list_refunds(query)
        case _:
            # Payment methods, and the bank's page, are as localstripe has them.
            return await localstripe(method, path, fields)


async def start():
    # It would keep its state in a fixed file that all tests of a computer share.
    resources.Store.dump_to_disk = lambda self: None
    resources.Store.try_load_from_disk = lambda self: None
    runner = web.AppRunner(server.app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    local["url"] = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    local["session"] = aiohttp.ClientSession()
