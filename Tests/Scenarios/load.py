"""Buyers at one or more nodes, and a ledger of what they were told, against which the store is judged."""

import concurrent.futures
import contextlib
import random
import threading
import time

from service import Unanswered, order

VERBS = {"locked": None, "redeemed": "redeem", "released": "release"}
COUPONS = {"FLASH": {"total": 100, "per_user": 4}, "EVER": {}, "SHIP": {"per_user": 2}}
COUPONS |= {f"SPREAD{number}": {} for number in range(8)}
BASKETS = [["FLASH"], ["FLASH"], ["EVER"], ["EVER", "SHIP"]] + [[f"SPREAD{number}"] for number in range(8)]
USERS = 60
SETTLERS = 4
REFUSALS = {"usage_limit_reached", "user_limit_reached"}


class Entry:
    """One order: what was asked for, and what was answered."""

    def __init__(self, label, chance):
        self.key = label
        self.body = order(label, chance.choice(BASKETS), user=f"u-{chance.randrange(USERS)}")
        self.wanted = chance.choice(["locked", "redeemed", "redeemed", "released"])
        self.answer = self.id = self.acknowledged = None


class Buyer(threading.Thread):
    """Buys until it is told to stop. What gets no answer is asked again under the same key, at any node."""

    def __init__(self, load, label, seed):
        super().__init__()
        self.load, self.label, self.random = load, label, random.Random(seed)
        self.connections = {}

    def run(self):
        number = 0
        try:
            while not self.load.ended.is_set():
                number += 1
                entry = Entry(f"{self.label}-{number}", self.random)
                self.load.ledger.append(entry)
                self.buy(entry)
                time.sleep(self.random.uniform(0, self.load.pause))
        except BaseException as error:
            self.load.errors.append(error)
            self.load.ended.set()
        finally:
            for connection in self.connections.values():
                connection.close()

    def buy(self, entry):
        answer = self.insist("/v1/applications", entry.body, entry.key)
        if answer is None:
            return
        entry.answer = (answer.status, answer.body.get("code"))
        if answer.status != 201:
            assert answer.body["code"] in REFUSALS, answer.body
            self.load.refused += 1
            return
        entry.id, entry.acknowledged = answer.body["id"], "locked"
        if verb := VERBS[entry.wanted]:
            answer = self.insist(f"/v1/applications/{entry.id}/{verb}", {}, f"{entry.key}-{verb}")
            if answer is None:
                return
            assert answer.status == 200 and answer.body["state"] == entry.wanted, answer.body
            entry.acknowledged = entry.wanted
        self.load.bought += 1

    def insist(self, path, body, key):
        """The answer, however often it takes; nothing if the load ends before there is one."""
        broken = False
        deadline = time.monotonic() + self.load.patience
        while True:
            node = self.random.choice(self.load.nodes)
            begin = time.monotonic()
            try:
                answer = node.ask("POST", path, body, idempotency=key, connection=self.connection(node))
            except Unanswered:
                broken = True
                self.load.unanswered += 1
            else:
                self.load.slowest = max(self.load.slowest, time.monotonic() - begin)
                if answer.status < 500:
                    if broken and "Idempotency-Replayed" in answer.headers:
                        self.load.replayed.append(key)
                    return answer
                self.load.turn_down(answer)
            if self.load.ended.is_set():
                return None
            assert time.monotonic() < deadline, f"no answer for {self.load.patience} s: {path} {key}"
            time.sleep(self.random.uniform(0.02, 0.2))

    def connection(self, node):
        if node not in self.connections:
            self.connections[node] = node.connection()
        return self.connections[node]


class Load:
    """`with Load(nodes, seed) as load:` buyers are at work inside; afterwards `load.settle()` and `load.check()`.

    It may be entered again, also at other nodes with the same data; the ledger goes on.
    """

    def __init__(self, nodes, seed, clients=8, tolerated=(503,), patience=60, pause=0.02):
        self.nodes, self.clients, self.tolerated, self.patience, self.pause = nodes, clients, tolerated, patience, pause
        self.coupons = {code: nodes[0].coupon(code, limits=limits) for code, limits in COUPONS.items()}
        self.ledger, self.errors, self.replayed = [], [], []
        self.bought = self.refused = self.unanswered = 0
        self.slowest = 0.0
        self.turned_down = {}
        self.ended = threading.Event()
        self.random = random.Random(seed)
        self.runs = 0

    def __enter__(self):
        self.runs += 1
        self.ended.clear()
        self.buyers = [Buyer(self, f"buyer{self.runs}-{number}", self.random.random()) for number in range(self.clients)]
        for buyer in self.buyers:
            buyer.start()
        return self

    def __exit__(self, kind, *_):
        self.ended.set()
        for buyer in self.buyers:
            buyer.join()
        if kind is None:
            self.raise_errors()

    def raise_errors(self):
        if self.errors:
            raise self.errors[0]

    def turn_down(self, answer):
        """A node could not say: that must be a status that the fault explains, and say when to come again."""
        assert answer.status in self.tolerated, answer.body
        if answer.status == 503:
            assert answer.body["retryable"] and int(answer.headers["Retry-After"]) >= 1, answer.body
        code = answer.body["code"]
        self.turned_down[code] = self.turned_down.get(code, 0) + 1

    def go_on(self, purchases=20, at=None):
        """Waits until that many more purchases were made; looks at the limits, at a node that is alive."""
        aim, deadline = self.bought + self.refused + purchases, time.monotonic() + self.patience
        while self.bought + self.refused < aim:
            self.raise_errors()
            assert time.monotonic() < deadline, f"{purchases} purchases took more than {self.patience} s"
            time.sleep(0.01)
        for code, coupon in self.coupons.items():
            if "total" in COUPONS[code]:
                usage = (at or self.nodes[0]).call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
                assert sum(usage.values()) <= COUPONS[code]["total"], code

    def settle(self):
        """Every acknowledged state is there; every request without an answer is asked again and then agrees with it."""
        with concurrent.futures.ThreadPoolExecutor(SETTLERS) as pool:
            list(pool.map(self.settle_share, range(SETTLERS)))

    def settle_share(self, share):
        node = self.nodes[share % len(self.nodes)]
        with contextlib.closing(node.connection()) as connection:
            for entry in self.ledger[share::SETTLERS]:
                self.settle_entry(entry, node, connection)

    def settle_entry(self, entry, node, connection):
        def call(method, path, body=None, key=None):
            return node.call(method, path, body, idempotency=key, connection=connection)

        status, body = call("POST", "/v1/applications", entry.body, entry.key)
        if entry.answer:
            assert (status, body.get("code")) == entry.answer, "a retry gives the same answer"
        if status != 201:
            assert body["code"] in REFUSALS, body
            return
        assert entry.id in (None, body["id"]), "a retry names the same application"
        entry.id = body["id"]
        state = call("GET", f"/v1/applications/{entry.id}")[1]["state"]
        assert state in (entry.acknowledged or "locked", entry.wanted), (state, vars(entry))
        if state != entry.wanted:
            verb = VERBS[entry.wanted]
            status, body = call("POST", f"/v1/applications/{entry.id}/{verb}", {}, f"{entry.key}-{verb}")
            assert status == 200 and body["state"] == entry.wanted, body
        entry.acknowledged = entry.wanted

    def check(self):
        """Counters equal the ledger, no limit is exceeded, log and tables agree. Call it when everything is settled."""
        for code, coupon in self.coupons.items():
            live = [entry for entry in self.ledger
                    if code in entry.body["codes"] and entry.acknowledged in ("locked", "redeemed")]
            states = [entry.acknowledged for entry in live]
            for node in self.nodes:
                usage = node.call("GET", f"/v1/coupons/{coupon}")[1]["usage"]
                assert usage == {"locked": states.count("locked"), "redeemed": states.count("redeemed")}, code
            assert len(live) <= COUPONS[code].get("total", len(live)), code
            users = [entry.body["customer"]["user_id"] for entry in live]
            most = max(map(users.count, users), default=0)
            assert most <= COUPONS[code].get("per_user", most), code
        check_log(self.nodes[0])

    def summary(self):
        return (f"{len(self.ledger)} orders: {self.bought} bought, {self.refused} refused; {self.unanswered} times no "
                f"answer, {len(self.replayed)} of them done; turned down: {self.turned_down}; "
                f"slowest answer {self.slowest:.1f} s")


def check_log(node):
    """The event log is whole, and the tables are what it says."""
    for arguments in (["audit", "verify"], ["rebuild", "--check"]):
        result = node.tool(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
