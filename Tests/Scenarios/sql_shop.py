"""The same questions to the service and to the database."""

import concurrent.futures
import decimal
import itertools
import threading

D = decimal.Decimal
CLIENTS = 16
UNIT_PRICE_MAX = 92_233_720_368
FATES = {"redeemed": "redeem", "released": "release"}


class Shop:
    """Our service, asked by several clients at once."""

    def __init__(self, service):
        self.service = service
        self.local = threading.local()
        self.orders = itertools.count(1)

    def ask(self, method, path, body, *expected):
        if not hasattr(self.local, "connection"):
            self.local.connection = self.service.connection()
        status, answer = self.service.call(method, path, body, connection=self.local.connection)
        assert status in expected, (status, answer, body)
        return answer

    def add(self, terms):
        """A new coupon in use; gives its id."""
        id = self.ask("POST", "/v1/coupons", terms, 201)["id"]
        self.ask("POST", f"/v1/coupons/{id}/activate", {}, 200)
        return id

    def use(self, code, user, bought, fate, *refusals):
        """Takes a code for an order, and redeems or releases it if that is its fate."""
        order = {"order_id": f"o-{next(self.orders)}", "codes": [code], "customer": {"user_id": user}, "cart": bought}
        application = self.ask("POST", "/v1/applications", order, 201, *refusals).get("id")
        if application and fate != "locked":
            self.ask("POST", f"/v1/applications/{application}/{FATES[fate]}", {}, 200)

    def quote(self, code, user, bought):
        """The quote of one code as ("valid", minor units, whether provisional) or ("refused", reason, False)."""
        body = {"codes": [code], "customer": {"user_id": user} if user else {}, "cart": bought}
        quote = self.ask("POST", "/v1/quotes", body, 200)
        if quote["applied"]:
            return "valid", quote["discount"], quote["provisional"]
        return "refused", quote["not_applied"][0]["reason"], False


def cart(total, currency="INR", exponent=2):
    """A cart that costs a total in all; one unit has a highest price, so that a large total takes several lines."""
    minor = total.scaleb(exponent)
    parts = [minor] if minor <= UNIT_PRICE_MAX else [
        D(UNIT_PRICE_MAX)] * int(minor // UNIT_PRICE_MAX) + [minor % UNIT_PRICE_MAX]
    return {"currency": currency, "lines": [
        {"id": f"l{number}", "product_id": "p", "quantity": 1, "unit_price_decimal": f"{part:f}"}
        for number, part in enumerate(parts)]}


def judged_by_sql(answer, exponent=2):
    """The answer of our function in SQL in the form of `Shop.quote`."""
    if answer["valid"]:
        return "valid", int(D(str(answer["discount_amount"])).scaleb(exponent)), answer["provisional"]
    return "refused", answer["reason"], False


def at_once(work, items):
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, items))


def half_up(exact):
    return (2 * exact + 1) // 2
