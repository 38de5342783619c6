"""Buyers take orders from the cart to the payment while services die: order and coupon never tell different stories."""

import os
import random
import threading
import time

from service import Unanswered

ROUNDS = int(os.environ.get("SCRIP_CRASHES", "12"))
SEED = int(os.environ.get("SCRIP_CRASH_SEED", str(random.randrange(1 << 32))))
LIMIT = 150

# What the coupon of an order stands at, by the order's state.
COUPONS = {"pending": {"locked"}, "processing": {"locked"}, "paid": {"redeemed"}, "partly_refunded": {"redeemed"},
           "refunded": {"redeemed"}, "failed": {"released"}, "cancelled": {"released"}}


class Buyer(threading.Thread):
    """Takes one order after the other through random steps, and asks again under the same key whenever an answer is lost."""

    def __init__(self, number, nodes, stop):
        super().__init__(daemon=True)
        self.number, self.nodes, self.stop = number, nodes, stop
        self.random = random.Random(SEED * 100 + number)
        self.unanswered = 0
        self.orders = {}
        self.problem = None

    def run(self):
        try:
            count = 0
            while not self.stop.is_set():
                count += 1
                self.buy(f"o-{self.number}-{count}")
        except BaseException as error:  # told by whoever joins
            self.problem = error

    def say(self, path, body, key):
        """An answer, from whichever node gives one."""
        while True:
            try:
                answer = self.random.choice(self.nodes).ask("POST", path, body, idempotency=key)
            except Unanswered:
                self.unanswered += 1
                time.sleep(0.02)
                continue
            if answer.status < 500:
                return answer
            time.sleep(0.02)

    def buy(self, name):
        line = {"id": "l1", "product_id": "p1", "quantity": 3, "unit_price": 333}
        made = self.say("/v1/orders", {
            "id": name, "codes": ["LAST"], "customer": {"user_id": f"u-{self.number}"},
            "cart": {"currency": "USD", "lines": [line]}}, f"{name}/create")
        if made.status != 201:
            assert made.body["code"] == "usage_limit_reached", made.body
            self.orders[name] = None
            time.sleep(0.05)
            return
        state = "pending"
        steps = self.random.choice([
            [], ["cancel"], ["checkout"], ["checkout", "confirm"], ["checkout", "fail"],
            ["checkout", "fail", "checkout", "confirm"], ["checkout", "confirm", "cancel"],
            ["checkout", "confirm", "refund"], ["checkout", "confirm", "refund", "refund-rest"]])
        for number, step in enumerate(steps):
            body = {"lines": [{"line_id": "l1", "quantity": 1}]} if step == "refund" else {}
            answer = self.say(f"/v1/orders/{name}/{step}", body, f"{name}/{number}")
            if answer.status == 200:
                state = answer.body["state"]
                continue
            # Only the place of a payment that failed may be gone.
            assert (step, answer.body["code"]) == ("checkout", "lock_expired"), answer.body
            break
        self.orders[name] = state


def lead(nodes, break_something):
    """Has buyers buy while something breaks, and then compares order, coupon, counts and log."""
    print(f"seed {SEED}, {ROUNDS} crashes")
    coupon = nodes[0].coupon("LAST", limits={"total": LIMIT}, discount={"type": "fixed", "amounts": {"USD": 100}})
    stop, moments = threading.Event(), random.Random(SEED)
    buyers = [Buyer(number, nodes, stop) for number in range(6)]
    for buyer in buyers:
        buyer.start()
    for _ in range(ROUNDS):
        time.sleep(moments.uniform(0.05, 0.5))
        break_something(moments)
    stop.set()
    for buyer in buyers:
        buyer.join(60)
        assert not buyer.is_alive() and buyer.problem is None, buyer.problem
    assert sum(buyer.unanswered for buyer in buyers) > 0
    check(nodes[0], coupon, {name: state for buyer in buyers for name, state in buyer.orders.items()})


def check(service, coupon, expected):
    live = {"locked": 0, "redeemed": 0}
    for name, state in expected.items():
        status, order = service.call("GET", f"/v1/orders/{name}")
        if state is None:
            assert status == 404
            continue
        assert order["state"] == state, (name, order["state"], state)
        assert order["total"] == 899
        assert order["refunded"] == {"refunded": 899, "partly_refunded": 299}.get(state, order["refunded"]), order
        used = service.call("GET", f"/v1/applications/{order['application_id']}")[1]["state"]
        assert used in COUPONS[state], (name, state, used)
        if used in live:
            live[used] += 1
    counts = service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
    assert counts == live and sum(live.values()) <= LIMIT
    assert any(state == "paid" for state in expected.values())
    audit = service.tool("audit", "verify")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    rebuild = service.tool("rebuild", "--check")
    assert rebuild.returncode == 0, rebuild.stdout + rebuild.stderr


def test_orders_and_coupons_agree_after_kill_9(service):
    def restart(_):
        service.kill()
        service.start()

    lead([service], restart)


def test_orders_and_coupons_agree_when_one_of_two_nodes_dies(pair):
    def restart(moments):
        victim = moments.choice(pair)
        victim.kill()
        time.sleep(moments.uniform(0, 0.2))
        victim.start()

    lead(pair, restart)
