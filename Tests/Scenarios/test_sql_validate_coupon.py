"""One question, three answers: another system's coupon function, our function in SQL, and our quote over HTTP.

The other function is that of `seed_004.sql`, beside its own tables. Wherever it answers differently, the difference has
a name here and a reason that was decided on. Our two never differ.
"""

import collections
import datetime
import fractions
import json
import os
import pathlib
import random
import typing
import uuid

import postgres
import psycopg
import pytest
from service import Service
from sql_rows import add_coupon, add_tenant, migrated
from sql_shop import D, Shop, at_once, cart, half_up, judged_by_sql

SEED = int(os.environ.get("SCRIP_SQL_SEED", str(random.randrange(1 << 32))))
CASES = int(os.environ.get("SCRIP_SQL_CASES", "10500"))
PER_COUPON = 70
SCHEMA = (pathlib.Path(__file__).parent / "seed_004.sql").read_text()
DAY = datetime.timedelta(days=1)
USERS = [str(uuid.UUID(int=number)) for number in range(1, 7)]


class Use(typing.NamedTuple):
    user: str
    fate: str


class Coupon:
    """A coupon that both systems can hold, with its uses."""

    def __init__(self, rng, number):
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
        self.code = f"K{number}{rng.choice('-_XYZ')}" + "".join(rng.choices(letters, k=rng.randint(2, 8)))
        self.kind = rng.choice(["percentage", "percentage", "fixed"])
        value = rng.choice([rng.randint(1, 10000), rng.choice([1, 250, 1000, 1250, 3333, 5000, 10000])])
        self.value = D(value) / 100 if self.kind == "percentage" else D(value * rng.choice([1, 10, 1000])) / 100
        self.max_discount = rng.choice([None, None, D(rng.randint(1, 50_000)) / 100, D(rng.randint(0, 3)) / 100])
        self.minimum = rng.choice([D(0), D(0), D(rng.randint(1, 200_000)) / 100])
        self.max_uses = rng.choice([None, None, rng.randint(1, 6)])
        self.per_user = rng.choice([1, 1, 2, 3, None])
        self.start, self.end = rng.choice([(-10 * DAY, 10 * DAY)] * 7 + [
            (DAY, 2 * DAY), (-2 * DAY, -DAY), (-DAY, datetime.timedelta(minutes=-2)), (datetime.timedelta(hours=1), DAY)])
        self.start, self.end = now + self.start, now + self.end
        self.is_active = rng.random() < 0.9
        self.uses = []
        # What takes nothing off can't be used.
        for _ in range(0 if self.cap == 0 else rng.choice([0, 0, 1, 2, 3, 6])):
            self.try_to_add(Use(rng.choice(USERS), rng.choice(["redeemed"] * 3 + ["locked", "released"])))

    def try_to_add(self, use):
        live = [other.user for other in self.uses if other.fate != "released"]
        if (self.max_uses is None or len(live) < self.max_uses) and (
                self.per_user is None or live.count(use.user) < self.per_user):
            self.uses.append(use)

    @property
    def cap(self):
        """The other system looks at it for percentages only."""
        return self.max_discount if self.kind == "percentage" else None

    def count(self, fates, user=None):
        return sum(use.fate in fates and user in (None, use.user) for use in self.uses)

    def terms(self):
        discount = {"type": "fixed", "amounts": {"INR": int(self.value * 100)}}
        if self.kind == "percentage":
            cap = {} if self.cap is None else {"INR": int(self.cap * 100)}
            discount = {"type": "percent", "percent": f"{self.value.normalize():f}", "cap": cap}
        return {"name": self.code, "code": self.code, "discount": discount, "stacking": {"policy": "open"},
                "limits": {"total": self.max_uses, "per_user": self.per_user}}

    def edit(self):
        minimum = {"INR": int(self.minimum * 100)} if self.minimum else {}
        return {"minimum": minimum, "starts_at": self.start.isoformat(), "ends_at": self.end.isoformat()}

    def amount(self, total):
        """What it takes off in paise: an own telling of the rule, in exact fractions."""
        paise = half_up(fractions.Fraction(total) * 100)
        taken = fractions.Fraction(self.value) * 100
        if self.kind == "percentage":
            taken = half_up(fractions.Fraction(self.value) * paise / 100)
        return int(min(taken, paise, paise if self.cap is None else self.cap * 100))


class Case(typing.NamedTuple):
    coupon: typing.Optional[Coupon]
    typed: str
    user: typing.Optional[str]
    total: D


def draw_total(rng, coupon):
    paise = D(rng.choice([0, 1, 2, rng.randint(1, 1000), rng.randint(1, 500_000), rng.randint(1, 500_000)])) / 100
    return rng.choice([
        paise, paise, paise, D(0), D("0.01"), D("0.004"), D("0.005"), D("0.015"),
        max(D(0), coupon.minimum + D(rng.choice(["-0.01", "-0.005", "-0.004", "0", "0.01"]))),
        paise + D(rng.randint(0, 999_999)) / 100_000_000, D(rng.randint(0, 99_999)) / 1000,
        D("99999999.99"), D("1234567890.12"), D(rng.randint(1, 10 ** 11)) / 100])


def draw_spelling(rng, code):
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    return rng.choice([code] * 10 + [
        code.lower(), code.swapcase(), code.capitalize(), f" {code} ", f"{code[:2]}\u200b{code[2:]}", f"{code}\t",
        full_width.lower()])


def draw_case(rng, coupon):
    user = rng.choice([*USERS, *USERS, None])
    if rng.random() < 0.04:
        stray = rng.choice(["NOSUCHCODE", coupon.code + "Q", coupon.code[:-1], "", "!!", "ÄPFEL20", coupon.code.replace("K", "К")])
        return Case(None, stray, user, draw_total(rng, coupon))
    return Case(coupon, draw_spelling(rng, coupon.code), user, draw_total(rng, coupon))


def load(connection, coupons):
    """Puts the same coupons and uses into the other system's tables."""
    connection.execute(SCHEMA)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO auth.users VALUES (%s)", [(user,) for user in USERS])
        for coupon in coupons:
            id = cursor.execute(
                """INSERT INTO coupons (code, discount_type, discount_value, max_discount, min_order_value, max_uses,
                     max_uses_per_user, used_count, start_date, end_date, is_active)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
                (coupon.code, coupon.kind, coupon.value, coupon.max_discount, coupon.minimum, coupon.max_uses,
                 coupon.per_user, coupon.count({"redeemed"}), coupon.start, coupon.end, coupon.is_active)).fetchone()[0]
            for use in coupon.uses:
                if use.fate == "redeemed":
                    order = cursor.execute("INSERT INTO orders (id) VALUES (gen_random_uuid()) RETURNING id").fetchone()[0]
                    cursor.execute(
                        "INSERT INTO coupon_usage (coupon_id, user_id, order_id, discount_amount) VALUES (%s, %s, %s, 0)",
                        (id, use.user, order))


def add(shop, coupon):
    """Puts a coupon and its uses into the service."""
    id = shop.add(coupon.terms())
    for use in coupon.uses:
        shop.use(coupon.code, use.user, cart(D(1000)), use.fate)
    shop.ask("PATCH", f"/v1/coupons/{id}", coupon.edit(), 200)
    if not coupon.is_active:
        shop.ask("POST", f"/v1/coupons/{id}/disable", {"reason": "test"}, 200)


def ask_all(connection, call, cases):
    """The answers of a function in SQL, all in one statement."""
    rows = connection.execute(
        f"""SELECT {call} FROM unnest(%s::text[], %s::text[], %s::numeric[]) WITH ORDINALITY AS c (code, uid, total, i)
            ORDER BY i""",
        ([case.typed for case in cases], [case.user for case in cases], [case.total for case in cases]))
    return [json.loads(row[0], parse_float=D) for row in rows]


def difference(case, seed, ours):
    """The name of the rule by which two answers differ; None if they say the same."""
    verdict, figure, _ = judged_by_sql(ours)
    if not seed["valid"] and not ours["valid"] and seed["error"] == ours["error"]:
        return None
    coupon = case.coupon
    if seed["valid"] and ours["valid"] and D(seed["discount_amount"]) == D(ours["discount_amount"]):
        assert (seed["code"], seed["discount_type"], D(seed["discount_value"])) == (
            ours["code"], ours["discount_type"], D(ours["discount_value"])), (seed, ours)
        return None
    assert coupon, (case, seed, ours)
    # Semantics 13: compatibility forms are folded, white space and invisible characters dropped.
    if case.typed.upper() != coupon.code:
        assert seed == {"valid": False, "error": "Invalid coupon code"} and figure != "unknown_code", (case, seed, ours)
        return "another spelling of the code"
    # Semantics 1 and 18: amounts are whole minor units, so a total is rounded before it is compared with anything.
    paise = half_up(fractions.Fraction(case.total) * 100)
    if not seed["valid"] and seed["error"].startswith("Minimum") and case.total < coupon.minimum:
        assert paise >= coupon.minimum * 100, (case, seed, ours)
        return "a total that is rounded up to the minimum"
    # Semantics 10: a lock takes its place before the order is paid.
    limit, user = {"usage_limit_reached": (coupon.max_uses, None), "user_limit_reached": (coupon.per_user, case.user)}.get(
        figure, (None, None))
    if limit is not None:
        assert coupon.count({"locked", "redeemed"}, user) >= limit > coupon.count({"redeemed"}, user), (case, seed, ours)
        return "a lock that counts"
    assert seed["valid"], (case, seed, ours)
    # Semantics 17: nobody loses a coupon for nothing.
    if figure == "no_effect":
        assert coupon.amount(case.total) == 0, (case, seed, ours)
        return "a discount of nothing"
    # Semantics 1: a discount is rounded once, half up, to minor units.
    assert verdict == "valid" and figure == coupon.amount(case.total), (case, seed, ours)
    assert abs(D(seed["discount_amount"]) - D(ours["discount_amount"])) <= D("0.01"), (case, seed, ours)
    return "rounding to minor units"


NAMED = {"another spelling of the code", "a total that is rounded up to the minimum", "a lock that counts",
         "a discount of nothing", "rounding to minor units"}


@pytest.fixture
def shop(database, tmp_path):
    service = Service(tmp_path / "data", SCRIP_STORE=database).start()
    yield Shop(service)
    service.stop()


def test_every_difference_from_the_other_function_has_a_name(shop, server, database):
    print(f"seed {SEED}, {CASES} cases")
    rng = random.Random(SEED)
    coupons = [Coupon(rng, number) for number in range(-(-CASES // PER_COUPON))]
    cases = [draw_case(rng, coupons[number // PER_COUPON]) for number in range(CASES)]
    at_once(lambda coupon: add(shop, coupon), coupons)
    with psycopg.connect(database, autocommit=True) as ours, postgres.database(server) as other, \
            psycopg.connect(other, autocommit=True) as theirs:
        load(theirs, coupons)
        by_seed = ask_all(theirs, "validate_coupon(code, uid::uuid, total)::text", cases)
        ours.execute("SELECT set_config('scrip.tenants', '1', false), set_config('scrip.currency', 'INR', false)")
        by_sql = ask_all(ours, "scrip.validate_coupon(code, uid, total)::text", cases)
    by_quote = at_once(lambda case: shop.quote(case.typed, case.user, cart(case.total)), cases)
    names = collections.Counter()
    for case, seed, sql, quote in zip(cases, by_seed, by_sql, by_quote, strict=True):
        assert judged_by_sql(sql) == quote, (case, sql)
        names[difference(case, seed, sql)] += 1
    print(dict(names))
    assert names.total() == CASES and set(names) == NAMED | {None}
    assert names[None] > CASES / 2


def test_at_the_instant_of_its_end_a_coupon_is_over(server, tmp_path):
    """Semantics 14: windows are half-open, where the other function counts the end's own instant."""
    with migrated(server, tmp_path) as connection, connection.transaction():
        connection.execute(SCHEMA)
        connection.execute("SET LOCAL scrip.tenants = '1'")
        add_tenant(connection, 1)
        (now,) = connection.execute("SELECT scrip.microseconds(now())").fetchone()
        differing = {}
        for number, (start, end) in enumerate([(-9, -1), (-9, 0), (-9, 1), (0, 9), (1, 9)]):
            code = f"EDGE{number}"
            add_coupon(connection, 1, code, starts=now + start, ends=now + end)
            connection.execute(
                """INSERT INTO coupons (code, discount_type, discount_value, start_date, end_date)
                   VALUES (%s, 'percentage', 10, scrip.moment(%s), scrip.moment(%s))""", (code, now + start, now + end))
            ours, theirs = connection.execute(
                "SELECT scrip.validate_coupon(%(code)s, NULL, 100), validate_coupon(%(code)s, NULL, 100)",
                {"code": code}).fetchone()
            if (ours["valid"], ours.get("error")) != (theirs["valid"], theirs.get("error")):
                differing[start, end] = ours["error"], theirs["valid"]
        assert differing == {(-9, 0): ("Coupon has expired", True)}
