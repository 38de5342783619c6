"""The rival of billing runs: an analysis of coupons on subscriptions and invoices, taken at its word, as functions over its
tables (rivals/billing.sql), called by pgbench.

Run by itself it checks the functions and prints how many invoices a second they make.
"""

import json
import re
import subprocess

from billing import CLIENTS, COUNTED, COUPONS, PERIODS, SUBSCRIPTIONS, Statements, discount
from servers import HERE, postgres


class Rival:
    """The functions on a database of their own."""

    def __init__(self, environment, database="billing"):
        self.environment = {**environment, "PGDATABASE": database}
        subprocess.run(["createdb", database], check=True, env=environment)
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(HERE / "rivals/billing.sql")], check=True,
                       env=self.environment)

    def sql(self, statements):
        """The last statement's only value, from JSON."""
        output = subprocess.run(["psql", "-qAt", "-v", "ON_ERROR_STOP=1"], input=statements, check=True, text=True,
                                capture_output=True, env=self.environment).stdout
        return json.loads(output.splitlines()[-1]) if output.strip() else None

    def applications(self, invoice):
        """What each coupon took off an invoice, the largest price first."""
        return self.sql(
            "SELECT coalesce(json_agg(json_build_array(coupon_id, original_price, final_price, discounted_amount, "
            "invoice_line_item_id) ORDER BY original_price DESC, final_price), '[]') FROM coupon_applications "
            f"WHERE invoice_id = '{invoice}'")

    def fill(self):
        """The same subscriptions, lines, coupons and associations as Scrip has."""
        count = f"generate_series(1, {SUBSCRIPTIONS}) AS n"
        self.sql(f"""
            INSERT INTO coupons (id, name, type, cadence, percentage_off, duration_in_periods, max_redemptions)
            SELECT kind || '-' || v, kind, 'percentage', cadence, percent, periods, 1000000
            FROM generate_series(0, {COUPONS - 1}) AS v,
              (VALUES ('seats', 'repeated', 20, {PERIODS}), ('loyal', 'forever', 5, NULL)) AS k (kind, cadence, percent, periods);
            INSERT INTO coupons (id, name, type, cadence, amount_off, currency, max_redemptions)
            SELECT 'hello-' || v, 'hello', 'fixed', 'once', 10, 'USD', 1000000 FROM generate_series(0, {COUPONS - 1}) AS v;
            INSERT INTO subscriptions (id, customer_id, currency)
            SELECT 'subscription-' || n, 'customer-' || n, 'USD' FROM {count};
            INSERT INTO subscription_line_items (id, subscription_id, amount)
            SELECT 'subscription-' || n || '-seats', 'subscription-' || n, 40 + n % 40 FROM {count}
            UNION ALL SELECT 'subscription-' || n || '-usage', 'subscription-' || n, 20 + n % 17 FROM {count};
            INSERT INTO coupon_associations (id, coupon_id, subscription_id, subscription_line_item_id)
            SELECT 'subscription-' || n || '-' || place, kind || '-' || n % {COUPONS}, 'subscription-' || n,
              CASE kind WHEN 'seats' THEN 'subscription-' || n || '-seats' END
            FROM {count}, (VALUES (1, 'seats'), (2, 'loyal'), (3, 'hello')) AS k (place, kind);
            UPDATE coupons SET total_redemptions = (SELECT count(*) FROM coupon_associations WHERE coupon_id = coupons.id);
            VACUUM ANALYZE;""")

    def bill(self, month, count=SUBSCRIPTIONS):
        """A month's invoices, each in a transaction of its own. Tells invoices a second, without the time to connect."""
        self.sql("ALTER SEQUENCE next_subscription RESTART")
        each = count // CLIENTS
        output = subprocess.run(
            ["pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-t", str(each), "-D", f"period={month:02}",
             "-f", str(HERE / "rivals/billing.pgbench")], check=True, capture_output=True, text=True, env=self.environment)
        billed = range(1, each * CLIENTS + 1)
        found = self.sql("SELECT json_build_array(count(*), round(sum(total_discount) * 100)) FROM invoices "
                         f"WHERE id LIKE 'subscription-%-{month:02}'")
        if found != [len(billed), sum(discount(number, month) for number in billed)]:
            raise SystemExit(f"the rival's invoices and discounts of month {month} are {found}")
        return float(re.search(r"tps = ([\d.]+)", output.stdout).group(1))


# The customer's lines are 80.00 and 20.00.
CHECKED = """
INSERT INTO coupons (id, name, type, cadence, percentage_off, duration_in_periods) VALUES
  ('line', '25 %', 'percentage', 'repeated', 25, 2), ('five', '5 %', 'percentage', 'forever', 5, NULL),
  ('ten', '10 %', 'percentage', 'forever', 10, NULL), ('also ten', '10 %', 'percentage', 'forever', 10, NULL),
  ('third', '33.3333 %', 'percentage', 'forever', 33.3333, NULL);
INSERT INTO coupons (id, name, cadence, amount_off, currency, max_redemptions) VALUES
  ('hello', '10.00', 'once', 10, 'USD', NULL), ('euros', '10.00', 'once', 10, 'EUR', NULL),
  ('large', '150.00', 'once', 150, 'USD', NULL), ('rare', '1.00', 'forever', 1, 'USD', 1);
INSERT INTO coupons (id, name, percentage_off, type, redeem_after, redeem_before, status) VALUES
  ('late', '1 %', 1, 'percentage', now() + interval '1 day', NULL, 'published'),
  ('past', '1 %', 1, 'percentage', NULL, now() - interval '1 day', 'published'),
  ('hidden', '1 %', 1, 'percentage', NULL, NULL, 'archived');
INSERT INTO subscriptions (id, customer_id, currency)
SELECT 's' || n, 'c' || n, 'USD' FROM generate_series(1, 5) AS n;
INSERT INTO subscription_line_items (id, subscription_id, amount)
SELECT 's' || n || '-' || line, 's' || n, amount FROM generate_series(1, 5) AS n,
  (VALUES ('api', 80), ('fee', 20)) AS l (line, amount);
"""


def check(environment):
    """Discounts, counts, snapshots and refusals are as the analysis has them."""
    rival = Rival(environment, "billing_check")
    rival.sql(CHECKED)

    def attach(subscription, coupon, line=None):
        line = f"'{subscription}-{line}'" if line else "NULL"
        answer = rival.sql(f"SELECT associate_coupon('{subscription}-{coupon}', '{coupon}', '{subscription}', {line})")
        return answer.get("error")

    def bill(subscription, period):
        made = rival.sql(f"SELECT create_invoice('{subscription}', '{period}')")
        same(sum(discounted for *_, discounted, _ in rival.applications(made["id"])), made["discount"])
        return made["discount"], made["total"], [each["code"] for each in made["skipped"]]

    def same(found, wanted):
        if found != wanted:
            raise SystemExit(f"the rival's functions say {found} instead of {wanted}")

    # The line's coupon first, then the others in turn, each from what is left; the counts of once and repeated.
    same([attach("s1", "five"), attach("s1", "hello"), attach("s1", "line", "api")], [None, None, None])
    same(bill("s1", "1"), (34, 66, []))
    same(bill("s1", "2"), (24, 76, ["ONCE_CADENCE_VIOLATION"]))
    same(bill("s1", "3"), (5, 95, ["REPEATED_CADENCE_LIMIT_REACHED", "ONCE_CADENCE_VIOLATION"]))
    same(rival.applications("s1-1"), [["line", 80, 60, 20, "s1-api-1"], ["five", 80, 76, 4, None],
                                      ["hello", 76, 66, 10, None]])
    # Two of 10 % are 19 %, and nothing is rounded.
    same([attach("s2", "ten"), attach("s2", "also ten"), attach("s2", "third", "fee")], [None, None, None])
    same(bill("s2", "1")[0], 6.66666 + 9.333334 + 8.4000006)
    # What would lead below zero is left out; so is what has another currency, and what a cancelled subscription has.
    same([attach("s3", coupon) for coupon in ("large", "euros", "nothing")],
         [None, "CURRENCY_MISMATCH", "COUPON_NOT_FOUND"])
    same(bill("s3", "1"), (0, 100, ["NEGATIVE_PRICE"]))
    rival.sql("UPDATE subscriptions SET status = 'cancelled' WHERE id = 's3'")
    same(bill("s3", "2"), (0, 100, ["INVALID_SUBSCRIPTION_STATUS"]))
    same([attach("s3", coupon) for coupon in ("ten", "late", "past", "hidden")],
         ["INVALID_SUBSCRIPTION_STATUS", "COUPON_NOT_ACTIVE", "COUPON_EXPIRED", "COUPON_NOT_PUBLISHED"])
    # One redemption for each association, and none for an invoice; the last one takes the coupon from everybody.
    same([attach("s4", "rare"), attach("s5", "rare"), bill("s4", "1")],
         [None, "REDEMPTION_LIMIT_REACHED", (0, 100, ["REDEMPTION_LIMIT_REACHED"])])
    same(rival.sql("SELECT json_object_agg(id, total_redemptions) FROM coupons WHERE id IN ('five', 'rare', 'euros')"),
         {"five": 1, "rare": 1, "euros": 0})
    # A snapshot stays what it was.
    rival.sql("UPDATE coupons SET percentage_off = 50, name = 'half' WHERE id = 'five'")
    same(rival.sql("SELECT coupon_snapshot FROM coupon_applications WHERE invoice_id = 's1-1' AND coupon_id = 'five'")["name"],
         "5 %")
    same(bill("s1", "4")[0], 50)


def main():
    with postgres(Statements.settings) as environment:
        statements = Statements(environment)
        check(environment)
        rival = Rival(environment)
        rival.fill()
        for month in (1, 2, 3):
            print(f"month {month}: {rival.bill(month):,.0f} invoices a second")
        with statements:
            sent, ran = statements.of("billing", COUNTED, lambda: rival.bill(4, COUNTED))
        print(f"statements for each invoice: {sent:.1f} sent, {ran:.1f} run")


if __name__ == "__main__":
    main()
