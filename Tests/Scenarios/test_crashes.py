"""kill -9 at random moments of a running load: nothing that was acknowledged is lost, no counter is off."""

import os
import random
import threading
import time

from service import Service, Unanswered, order

ROUNDS = int(os.environ.get("SCRIP_CRASHES", "20"))
SEED = int(os.environ.get("SCRIP_CRASH_SEED", str(random.randrange(1 << 32))))
CLIENTS = 8
VERBS = {"locked": None, "redeemed": "redeem", "released": "release"}


class Shopper(threading.Thread):
    """Buys until the service dies, and remembers what was acknowledged and what was under way."""

    def __init__(self, service, name, seed, ledger):
        super().__init__()
        self.service, self.label, self.random, self.ledger = service, name, random.Random(seed), ledger

    def run(self):
        connection = self.service.connection()
        number = 0
        while True:
            number += 1
            label = f"{self.label}-{number}"
            codes = self.random.choice([["FLASH"], ["EVER"], ["EVER", "SHIP"]])
            try:
                if not self.buy(label, codes, connection):
                    return
            except Unanswered:
                return

    def buy(self, label, codes, connection):
        entry = {"order": order(label, codes), "key": label, "acknowledged": None, "wanted": "locked"}
        self.ledger.append(entry)
        status, body = self.service.call(
            "POST", "/v1/applications", entry["order"], idempotency=label, connection=connection)
        entry["answer"] = (status, body.get("code"))
        if status != 201:
            return status in (409, 503)
        entry["id"], entry["acknowledged"] = body["id"], "locked"
        entry["wanted"] = self.random.choice(["locked", "redeemed", "redeemed", "released"])
        if verb := VERBS[entry["wanted"]]:
            status, body = self.service.call(
                "POST", f"/v1/applications/{entry['id']}/{verb}", {}, idempotency=f"{label}-{verb}",
                connection=connection)
            assert status == 200, body
            entry["acknowledged"] = entry["wanted"]
        return True


def settle(service, ledger):
    """Every acknowledged state is there; every request without an answer is retried and then agrees with it."""
    for entry in ledger:
        status, body = service.call("POST", "/v1/applications", entry["order"], idempotency=entry["key"])
        if "answer" in entry:
            assert (status, body.get("code")) == entry["answer"], "a retry gives the same answer"
        if status != 201:
            continue
        entry["id"] = body["id"]
        state = service.call("GET", f"/v1/applications/{entry['id']}")[1]["state"]
        assert state in (entry["acknowledged"] or "locked", entry["wanted"]), entry
        if state != entry["wanted"]:
            verb = VERBS[entry["wanted"]]
            status, body = service.call(
                "POST", f"/v1/applications/{entry['id']}/{verb}", {}, idempotency=f"{entry['key']}-{verb}")
            assert status == 200 and body["state"] == entry["wanted"], body
        entry["acknowledged"] = entry["wanted"]


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path):
    print(f"seed {SEED}, {ROUNDS} crashes")
    moments = random.Random(SEED)
    service = Service(tmp_path / "data").start()
    limits = {"FLASH": 300, "EVER": None, "SHIP": None}
    coupons = {code: service.coupon(code, limits={"total": limit, "per_user": 2}) for code, limit in limits.items()}
    everything = []
    for crash in range(ROUNDS):
        ledger = []
        shoppers = [Shopper(service, f"{crash}-{client}", moments.random(), ledger) for client in range(CLIENTS)]
        for shopper in shoppers:
            shopper.start()
        time.sleep(moments.uniform(0.05, 0.6))
        service.kill()
        for shopper in shoppers:
            shopper.join()
        service.start()
        settle(service, ledger)
        everything += ledger
    assert sum(entry["acknowledged"] is not None for entry in everything) > ROUNDS

    for code, coupon in coupons.items():
        expected = {"locked": 0, "redeemed": 0}
        for entry in everything:
            if code in entry["order"]["codes"] and entry["acknowledged"] in expected:
                expected[entry["acknowledged"]] += 1
        usage = service.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
        assert usage == expected, code
        assert limits[code] is None or sum(usage.values()) <= limits[code]
    for arguments in (["audit", "verify"], ["rebuild", "--check"]):
        result = service.tool(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
    service.stop()
