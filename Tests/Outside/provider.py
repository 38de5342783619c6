"""A payment provider whose requests can go wrong on their way there and back.

Each lane, as in /stripe/LANE/v1/…, has faults and keys of its own, so that tests don't meet.

POST /stripe/LANE/fault   {"on": "confirm", "fault": "cut_after", "times": 1}: the next such requests go wrong
GET  /stripe/LANE/seen    what arrived: [{"path": …, "key": …, "body": …, "version": …}]
GET  /stripe/LANE/made    the intents that were made
GET  /stripe/LANE/held    the requests that are held: "hold_before" they are done, or "hold_after"
POST /stripe/LANE/calm    ends all faults
POST /stripe/LANE/release lets them go; nobody may wait for their answers any more
POST /stripe/LANE/status  {"intent": …, "status": "processing"}: what a bank has an intent say for a while; null ends that
POST /stripe/LANE/failed  {"refund": …}: a bank would not have a refund that was made
POST /stripe/LANE/notice  {"secret": …}: has localstripe send a webhook to this lane
"""

import asyncio
import base64
import collections
import json
import urllib.parse

from aiohttp import web

import intents
from intents import error

lanes = collections.defaultdict(lambda: {
    "faults": [], "seen": [], "kept": {}, "running": set(), "received": [], "made": [], "held": [],
    "released": asyncio.Event(), "statuses": {}})


# What is answered instead of doing anything. `kept` ones are Stripe's own answers, which a key repeats.
REFUSALS = {
    "declined": (True, lambda: error(402, "card_error", "card_declined", decline_code="insufficient_funds")),
    "needs_action": (True, lambda: error(402, "card_error", "authentication_required",
                                         decline_code="authentication_required")),
    "status_429": (False, lambda: error(429, "invalid_request_error", "rate_limit")),
    "lock_timeout": (False, lambda: error(429, "invalid_request_error", "lock_timeout")),
    "key_in_use": (False, lambda: error(409, "idempotency_error", "idempotency_key_in_use")),
    "status_500": (True, lambda: error(500, "api_error")),
    "status_503": (False, lambda: error(503, "api_error")),
}


def take_fault(lane, method, path):
    """The fault that the next request of its kind has, if there is one."""
    kind = path.rsplit("/", 1)[-1] if method == "POST" else "look"
    for fault in lane["faults"]:
        if fault["on"] in (kind, "any") and fault["times"] > 0:
            fault["times"] -= 1
            return fault
    return {"fault": None}


async def answer(lane, request, path, body):
    """Status and document."""
    method, key = request.method, request.headers.get("Idempotency-Key")
    asked = (method, path, body)
    if key in lane["kept"]:
        first, kept = lane["kept"][key]
        if first != asked:
            return error(400, "idempotency_error", message="This key came with another request before.")
        return kept
    if key in lane["running"]:
        return REFUSALS["key_in_use"][1]()
    if key:
        lane["running"].add(key)
    try:
        # What has arrived is done, also if whoever asked for it is gone.
        return await asyncio.shield(asyncio.ensure_future(act_once(lane, request, path, body, asked)))
    finally:
        lane["running"].discard(key)


async def act_once(lane, request, path, body, asked):
    method, key = request.method, request.headers.get("Idempotency-Key")
    fault = take_fault(lane, method, path)["fault"]
    if fault in REFUSALS:
        is_kept, refusal = REFUSALS[fault]
        result = refusal()
        if is_kept and key:
            lane["kept"][key] = asked, result
        return result
    if fault == "cut_before":
        raise Cut
    if fault == "hold_before":
        await hold(lane, method, path)
    try:
        result = await intents.act(method, path, dict(urllib.parse.parse_qsl(body, keep_blank_values=True)), request.query)
    except intents.Refused as refused:
        result = refused.answer
    if key:
        lane["kept"][key] = asked, result
    note(lane, method, path, result)
    if fault == "hold_after":
        await hold(lane, method, path)
    if fault in ("cut_after", "cut_within", "silent_after"):
        raise Cut(fault, result)
    return result


def note(lane, method, path, result):
    """Keeps in mind which intents there are, and has them say what their bank wants."""
    document = result[1]
    if result[0] != 200 or document.get("object") != "payment_intent":
        return
    if (method, path) == ("POST", "/v1/payment_intents"):
        lane["made"].append(document["id"])
    if status := lane["statuses"].get(document["id"]):
        document["status"] = status


async def hold(lane, method, path):
    lane["held"].append(f"{method} {path}")
    await lane["released"].wait()


class Cut(Exception):
    """The connection breaks, before or after something was done."""

    def __init__(self, how="cut_before", result=None):
        self.how, self.result = how, result


def has_key(authorization):
    """Whether the secret key stands there, in one of the two ways that Stripe takes."""
    scheme, _, value = authorization.partition(" ")
    key = base64.b64decode(value).decode(errors="replace") if scheme == "Basic" else value
    return scheme in ("Bearer", "Basic") and key.startswith("sk_test_")


async def serve(request):
    lane = lanes[request.match_info["lane"]]
    path = "/" + request.match_info["path"]
    body = (await request.read()).decode()
    lane["seen"].append({
        "path": f"{request.method} {path}", "key": request.headers.get("Idempotency-Key"), "body": body,
        "version": request.headers.get("Stripe-Version")})
    if not has_key(request.headers.get("Authorization", "")):
        status, document = error(401, "invalid_request_error", message="Invalid API Key provided: sk_wrong")
        return web.json_response(document, status=status)
    try:
        status, document = await answer(lane, request, path, body)
    except Cut as cut:
        return await break_off(request, cut)
    headers = {"Request-Id": f"req_{len(lane['seen'])}"}
    if status == 429:
        headers["Retry-After"] = "1"
    return web.json_response(document, status=status, headers=headers)


async def break_off(request, cut):
    if cut.how == "silent_after":
        await asyncio.sleep(60)
    if cut.how == "cut_within":
        whole = json.dumps(cut.result[1]).encode()
        response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
        await response.prepare(request)
        await response.write(whole[:len(whole) // 2])
    request.transport.abort()
    return web.Response()


async def tell_fault(request):
    fault = await request.json()
    lanes[request.match_info["lane"]]["faults"].append({"times": 1} | fault)
    return web.Response()


async def tell_seen(request):
    return web.json_response(lanes[request.match_info["lane"]]["seen"])


async def tell_made(request):
    return web.json_response(lanes[request.match_info["lane"]]["made"])


async def tell_held(request):
    return web.json_response(lanes[request.match_info["lane"]]["held"])


async def calm(request):
    lanes[request.match_info["lane"]]["faults"].clear()
    return web.Response()


async def release(request):
    lanes[request.match_info["lane"]]["released"].set()
    return web.Response()


async def have_status(request):
    told = await request.json()
    lanes[request.match_info["lane"]]["statuses"][told["intent"]] = told["status"]
    return web.Response()


async def fail_refund(request):
    intents.failed_refunds.add((await request.json())["refund"])
    return web.Response()


async def receive(request):
    lanes[request.match_info["lane"]]["received"].append(
        {"signature": request.headers["Stripe-Signature"], "body": (await request.read()).decode()})
    return web.Response()


async def tell_received(request):
    """The first webhook of localstripe's that came, as soon as one has."""
    lane = lanes[request.match_info["lane"]]
    for _ in range(100):
        if lane["received"]:
            return web.json_response(lane["received"][0])
        await asyncio.sleep(0.1)
    return web.Response(status=504)


async def have_notice(request):
    lane = request.match_info["lane"]
    told = await request.json()
    url = f"http://{request.host}/stripe/{lane}/webhook"
    fields = {"url": url, "secret": told["secret"], "events[]": "customer.created"}
    await intents.localstripe("POST", f"/_config/webhooks/{lane}", fields)
    await intents.localstripe("POST", "/v1/customers", {"description": "für Ä"})
    return web.Response()


async def start(app, _):
    await intents.start()
    app.router.add_post("/stripe/{lane}/fault", tell_fault)
    app.router.add_get("/stripe/{lane}/seen", tell_seen)
    app.router.add_get("/stripe/{lane}/made", tell_made)
    app.router.add_get("/stripe/{lane}/held", tell_held)
    app.router.add_post("/stripe/{lane}/calm", calm)
    app.router.add_post("/stripe/{lane}/release", release)
    app.router.add_post("/stripe/{lane}/failed", fail_refund)
    app.router.add_post("/stripe/{lane}/status", have_status)
    app.router.add_post("/stripe/{lane}/notice", have_notice)
    app.router.add_post("/stripe/{lane}/webhook", receive)
    app.router.add_get("/stripe/{lane}/webhook", tell_received)
    app.router.add_route("*", "/stripe/{lane}/{path:v1/.*}", serve)
    return {}
