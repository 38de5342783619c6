"""Who sees and may do what in the database, whatever their statements say."""

import datetime
import uuid

import psycopg
import pytest
from psycopg import errors
from sql_rows import (
    DAY, NOW, acting, add_application, add_code, add_coupon, add_event, add_tenant, add_uses_by, insert, migrated,
    pseudonym)

TABLES = ["tenant", "coupon", "coupon_version", "code", "counter", "usage", "event", "access_key",
          "answer", "person", "projection", "coupon_day", "coupon_user", "due_work", "campaign",
          "shop_order", "payment", "payment_settings", "mail_template", "subscription", "invoice",
          "coupon_billing", "inbox_mapping", "inbox_message", "inbox_order", "fraud_settings", "fraud_case", "webhook", "webhook_progress", "webhook_delivery",
          "webhook_replay"]
TODAY = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def shops(server, tmp_path_factory):
    """Two shops with a row in every table."""
    with migrated(server, tmp_path_factory.mktemp("data")) as connection:
        for tenant in (1, 2):
            add_tenant(connection, tenant)
            coupon = add_coupon(connection, tenant, f"TEN{tenant}")
            add_uses_by(connection, tenant, coupon, "ann", 1)
            add_application(connection, tenant, coupon, "ann")
            add_event(connection, tenant, coupon)
            insert(connection, "access_key", tenant=tenant, id=uuid.uuid4(), role=0, name="first", created_at=NOW,
                   secret_hash=bytes([tenant] * 32))
            insert(connection, "campaign", tenant=tenant, id=uuid.uuid4(), version=1, terms='{"name":"Winter"}',
                   head_sequence=1, head_hash=bytes(32), created_at=NOW, updated_at=NOW)
            insert(connection, "due_work", tenant=tenant, kind="mail", key="k", due_at=NOW, payload=b"", is_told=True)
            insert(connection, "shop_order", tenant=tenant, id=uuid.uuid4(), order_id="o-1", state=0, content="{}",
                   refunded=0, head_sequence=1, head_hash=bytes(32), created_at=NOW, updated_at=NOW)
            insert(connection, "payment", tenant=tenant, id=uuid.uuid4(), order_id="o-1", provider=1, capture=0,
                   currency="EUR", amount=100, pay_by=NOW, state=0, refund_count=0, refund_due=0, refunded=0,
                   client_secret="00", created_at=NOW, updated_at=NOW)
            insert(connection, "payment_settings", tenant=tenant, version=1, settings="{}")
            insert(connection, "subscription", tenant=tenant, id=uuid.uuid4(), subscription_id="s", created_at=TODAY,
                   updated_at=TODAY, version=1, head_sequence=1, head_hash=b"", associations="{}", content="{}")
            insert(connection, "invoice", tenant=tenant, id=uuid.uuid4(), invoice_id="i", created_at=TODAY,
                   updated_at=TODAY, state=0, head_sequence=1, head_hash=b"", price="{}", content="{}")
            insert(connection, "coupon_billing", tenant=tenant, coupon_id=coupon, currency="EUR", attached=1, detached=0,
                   given_back=0, invoices=0, discount_high=0, discount_low=0)
            insert(connection, "mail_template", tenant=tenant, kind="order_paid", language="de", version=1,
                   updated_at=NOW, subject="s", body="b")
            insert(connection, "inbox_mapping", tenant=tenant, version=1, mapping="{}")
            insert(connection, "inbox_message", tenant=tenant, id=uuid.uuid4(), source="shop", event_id="1",
                   received_at=NOW, updated_at=NOW, attempts=1, state="dead", body=b"{}")
            insert(connection, "inbox_order", tenant=tenant, id=uuid.uuid4(), order_id="o", updated_at=NOW, facts="{}")
            insert(connection, "fraud_settings", tenant=tenant, version=1, settings="{}")
            insert(connection, "fraud_case", tenant=tenant, suspect="device:0000000000000000", state="open", severity="low",
                   rule="r", score=40, attempts=1, blocked=0, opened_at=NOW, latest_at=NOW, evidence="{}")
            insert(connection, "webhook", tenant=tenant, id=uuid.uuid4(), version=1, created_at=NOW, updated_at=NOW, settings="{}")
            insert(connection, "webhook_progress", tenant=tenant, id=uuid.uuid4(), position=1, failing_version=0)
            insert(connection, "webhook_delivery", tenant=tenant, webhook_id=uuid.uuid4(), id=uuid.uuid4(), position=1,
                   created_at=NOW, attempts=0, state=0, event_id="e", type="t", origin="event")
            insert(connection, "webhook_replay", tenant=tenant, webhook_id=uuid.uuid4(), slot=1, position=1, until=2,
                   created_at=NOW, choice="types")
            insert(connection, "answer", tenant=tenant, key="k", fingerprint=b"", kind="ok", body=b"{}", at=NOW)
            insert(connection, "projection", tenant=tenant, name="coupon_uses", version=1, position=tenant)
            insert(connection, "coupon_day", tenant=tenant, coupon_id=coupon, day=20_000, currency="EUR", locked=0,
                   redeemed=1, released=0, discount_high=0, discount_low=1050)
            insert(connection, "coupon_user", tenant=tenant, coupon_id=coupon, buyer="u:ann", live=1)
        yield connection


def count(connection, table):
    return connection.execute(f"SELECT count(*) FROM scrip.{table}").fetchone()[0]


def tenants(connection, table):
    return {row[0] for row in connection.execute(f"SELECT DISTINCT tenant FROM scrip.{table}")}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["scrip_app", "scrip_admin"])
def test_service_and_administrators_see_the_tenants_that_are_set_and_no_others(shops, role, table):
    for setting, seen in [("1", {1}), ("2", {2}), ("1,2", {1, 2}), ("3", set()), ("", set())]:
        with acting(shops, role, setting):
            assert tenants(shops, table) == seen


@pytest.mark.parametrize("role", ["scrip_app", "scrip_admin", "scrip_user"])
def test_a_session_that_never_set_a_tenant_sees_nothing(shops, role):
    with psycopg.connect(shops.info.dsn, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}")
        assert count(connection, "coupon") == 0


def test_a_tenant_that_is_not_set_is_not_written(shops):
    with acting(shops, "scrip_app", "1"):
        with pytest.raises(errors.InsufficientPrivilege):
            with shops.transaction():
                insert(shops, "counter", tenant=2, holder_id=uuid.uuid4(), counter="b:EUR", used=1)
        for statement in ("UPDATE scrip.coupon SET locked = 9 WHERE tenant = 2", "DELETE FROM scrip.answer WHERE tenant = 2"):
            assert shops.execute(statement).rowcount == 0
        with pytest.raises(errors.InsufficientPrivilege):
            shops.execute("UPDATE scrip.coupon SET tenant = 2 WHERE tenant = 1")


HISTORY = [
    ("UPDATE scrip.event SET actor = 'me'", "an event is never changed"),
    ("DELETE FROM scrip.event", "an event is never deleted"),
    ("TRUNCATE scrip.event", "an event is never deleted"),
    ("DELETE FROM scrip.usage", "a usage is never deleted"),
    ("TRUNCATE scrip.usage", "a usage is never deleted"),
]


@pytest.mark.parametrize("statement, refusal", HISTORY)
def test_history_stays_even_for_the_owner(shops, statement, refusal):
    with shops.transaction(force_rollback=True):
        with pytest.raises(errors.RestrictViolation, match=refusal):
            shops.execute(statement)


@pytest.mark.parametrize("statement", [statement for statement, _ in HISTORY])
@pytest.mark.parametrize("role", ["scrip_app", "scrip_admin", "scrip_report", "scrip_user"])
def test_history_stays_whoever_asks(shops, role, statement):
    with acting(shops, role, "1,2", "ann"):
        with pytest.raises(errors.InsufficientPrivilege):
            shops.execute(statement)


@pytest.mark.parametrize("table", [table for table in TABLES if table not in ("access_key", "answer", "payment_settings", "person")])
def test_reports_read_every_tenant_or_the_one_that_is_set(shops, table):
    for setting, seen in [("", {1, 2}), ("2", {2})]:
        with acting(shops, "scrip_report", setting):
            assert tenants(shops, table) == seen


@pytest.mark.parametrize("view", ["coupon_report", "usage_report", "usage_by_day_report", "event_report"])
def test_readable_views_show_what_their_reader_may_see(shops, view):
    for role, setting, seen in [
            ("scrip_report", "", {1, 2}), ("scrip_report", "1", {1}), ("scrip_admin", "2", {2}), ("scrip_admin", "", set())]:
        with acting(shops, role, setting):
            assert tenants(shops, view) == seen


def test_readable_views_show_money_moments_and_words(shops):
    row = shops.execute("SELECT discount, currency, state, locked_at, order_id FROM scrip.usage_report LIMIT 1").fetchone()
    assert (str(row[0]), row[1], row[2]) == ("10.50", "EUR", "redeemed")
    assert row[3] == datetime.datetime.fromtimestamp(NOW / 1e6, datetime.timezone.utc)
    name, state, id = shops.execute("SELECT name, state, coupon_id FROM scrip.coupon_report LIMIT 1").fetchone()
    assert (name, state, id[:7], len(id)) == ("Ten off", "active", "coupon_", 33)


def test_reports_write_nothing_and_read_no_secret(shops):
    statements = [f"INSERT INTO scrip.{table} DEFAULT VALUES" for table in TABLES]
    statements += [f"UPDATE scrip.{table} SET tenant = 1" for table in TABLES]
    statements += [f"DELETE FROM scrip.{table}" for table in TABLES]
    statements += ["SELECT secret_hash FROM scrip.access_key", "SELECT body FROM scrip.answer",
                   "SELECT pseudonym FROM scrip.person", "SELECT scrip.pseudonym(1, 'ann')",
                   "SELECT payload FROM scrip.due_work", "SELECT * FROM scrip.claim_due_work('{}', 0, 0, NULL, 1)",
                   "SELECT scrip.access_key_by_secret('')"]
    with acting(shops, "scrip_report"):
        for statement in statements:
            with pytest.raises(errors.InsufficientPrivilege):
                with shops.transaction():
                    shops.execute(statement)
        assert shops.execute("SELECT name FROM scrip.access_key").fetchall()


def test_nobody_but_the_owner_changes_the_schema(shops):
    for role in ("scrip_app", "scrip_admin", "scrip_report", "scrip_user"):
        for statement in ("ALTER TABLE scrip.event DISABLE TRIGGER ALL", "DROP POLICY of_batch ON scrip.event",
                          "CREATE TABLE scrip.mine ()", "UPDATE scrip.schema_version SET step = 9",
                          "CREATE OR REPLACE FUNCTION scrip.tenant_list() RETURNS SETOF scrip.tenant LANGUAGE sql AS ''"):
            with acting(shops, role, "1"):
                with pytest.raises(errors.InsufficientPrivilege):
                    shops.execute(statement)


def test_the_service_looks_across_tenants_through_functions_alone(shops):
    with acting(shops, "scrip_app"):
        assert shops.execute("SELECT tenant, name FROM scrip.access_key_by_secret(%s)", (bytes([2] * 32),)).fetchall() == [
            (2, "first")]
        assert shops.execute("SELECT tenant FROM scrip.tenant_list()").fetchall() == [(1,), (2,)]
    for role in ("scrip_user", "scrip_report", "scrip_admin"):
        for call in ("access_key_by_secret('')", "tenant_list()", "tenants_to_tidy(0)", "forget_answers(0, 1)",
                     "pseudonym(1, 'ann')", "tenants_behind('coupon_uses', 1)"):
            with acting(shops, role, "1", "ann"):
                with pytest.raises(errors.InsufficientPrivilege):
                    shops.execute(f"SELECT scrip.{call}")


def test_tenants_whose_events_a_projection_has_not_read_are_found(shops):
    with shops.transaction(force_rollback=True):
        last = "(SELECT max(position) FROM scrip.event WHERE event.tenant = projection.tenant)"
        shops.execute(f"UPDATE scrip.projection SET position = {last}")
        find = "SELECT tenant FROM scrip.tenants_behind(%s, %s) ORDER BY tenant"
        shops.execute("SET LOCAL ROLE scrip_app")
        assert shops.execute(find, ("coupon_uses", 1)).fetchall() == []
        assert shops.execute(find, ("coupon_uses", 2)).fetchall() == [(1,), (2,)]
        assert shops.execute(find, ("another", 1)).fetchall() == [(1,), (2,)]
        shops.execute("RESET ROLE")
        add_event(shops, 2, uuid.uuid4())
        assert shops.execute(find, ("coupon_uses", 1)).fetchall() == [(2,)]


def test_tenants_with_expired_locks_are_found(shops):
    with shops.transaction(force_rollback=True):
        coupon = uuid.uuid4()
        add_application(shops, 1, coupon, "bob", state=0, expires_at=NOW)
        add_application(shops, 2, coupon, "bob", state=0, expires_at=NOW + DAY)
        add_application(shops, 2, coupon, "bob", state=1, expires_at=NOW)
        shops.execute("SET LOCAL ROLE scrip_app")
        find = "SELECT tenant FROM scrip.tenants_to_tidy(%s)"
        assert shops.execute(find, (NOW - 1,)).fetchall() == []
        assert shops.execute(find, (NOW,)).fetchall() == [(1,)]
        assert set(shops.execute(find, (NOW + DAY,)).fetchall()) == {(1,), (2,)}


def test_old_answers_are_forgotten_in_every_tenant_up_to_a_number(shops):
    with shops.transaction(force_rollback=True):
        for number in range(5):
            insert(shops, "answer", tenant=1 + number % 2, key=f"old{number}", fingerprint=b"", kind="ok", body=b"{}",
                   at=NOW - DAY)
        shops.execute("SET LOCAL ROLE scrip_app")
        forget = "SELECT scrip.forget_answers(%s, %s)"
        assert [shops.execute(forget, (NOW, 3)).fetchone()[0] for _ in range(3)] == [3, 2, 0]
        shops.execute("RESET ROLE")
        assert count(shops, "answer") == 2


@pytest.fixture(scope="module")
def mall(server, tmp_path_factory):
    """A shop with every kind of coupon, and what Ann and Bob have of them."""
    with migrated(server, tmp_path_factory.mktemp("data")) as connection:
        add_tenant(connection, 1)
        add_tenant(connection, 2)
        ids = {
            "public": add_coupon(connection, 1, "PUBLIC", name="public", rules={"user": {"in": ["bob"]}},
                                 metadata={"cost": "internal"}),
            "window": add_coupon(connection, 1, "WINDOW", name="window", starts=TODAY - DAY, ends=TODAY + DAY),
            "early": add_coupon(connection, 1, "EARLY", name="early", starts=TODAY + DAY),
            "late": add_coupon(connection, 1, "LATE", name="late", ends=TODAY - DAY),
            "draft": add_coupon(connection, 1, "DRAFT", name="draft", state=0),
            "disabled": add_coupon(connection, 1, "DISABLED", name="disabled", state=2),
            "archived": add_coupon(connection, 1, "ARCHIVED", name="archived", state=3),
            "ann": add_coupon(connection, 1, "FORANN", name="ann", owner="ann"),
            "bob": add_coupon(connection, 1, "FORBOB", name="bob", owner="bob"),
            "gift": add_coupon(connection, 1, name="gift", owner="bob"),
            "elsewhere": add_coupon(connection, 2, "ELSEWHERE", name="elsewhere"),
        }
        add_code(connection, 1, ids["gift"], "GIFTFORANN", owner="ann")
        add_code(connection, 1, ids["public"], "PUBLICANN", owner="ann")
        for user in ("ann", "bob"):
            add_application(connection, 1, ids["public"], user)
            add_uses_by(connection, 1, ids["public"], user, 1)
        add_application(connection, 2, ids["elsewhere"], "ann")
        connection.names = {id: name for name, id in ids.items()}
        yield connection


def test_a_user_sees_what_everybody_may_use_now_and_their_own(mall):
    for user, seen in [("ann", {"public", "window", "ann", "gift"}), ("bob", {"public", "window", "bob", "gift"}),
                       ("", {"public", "window"})]:
        with acting(mall, "scrip_user", "1", user):
            assert {mall.names[row[0]] for row in mall.execute("SELECT id FROM scrip.coupon")} == seen
            assert {row[0] for row in mall.execute("SELECT name FROM scrip.offer")} == seen
            assert count(mall, "coupon") == len(seen)


def test_a_user_reads_the_offer_and_neither_rules_nor_notes(mall):
    with acting(mall, "scrip_user", "1", "ann"):
        row = mall.execute("SELECT to_json(o) FROM scrip.offer AS o WHERE name = 'public'").fetchone()[0]
        assert row["discount"]["percent"] == "10" and row["is_personal"] is False
        assert "bob" not in str(row) and "internal" not in str(row)


def test_a_user_sees_no_codes_but_their_own_and_can_not_count_others(mall):
    for user, seen in [("ann", {"FORANN", "GIFTFORANN", "PUBLICANN"}), ("bob", {"FORBOB"}), ("", set()), ("eve", set())]:
        with acting(mall, "scrip_user", "1", user):
            assert {row[0] for row in mall.execute("SELECT canonical FROM scrip.code")} == seen
            assert count(mall, "code") == len(seen)


@pytest.mark.parametrize("table", ["usage", "counter"])
def test_a_user_sees_their_own_uses(mall, table):
    for user, seen in [("ann", 1), ("bob", 1), ("eve", 0), ("", 0)]:
        with acting(mall, "scrip_user", "1", user):
            assert count(mall, table) == seen
    with acting(mall, "scrip_user", "1", "ann"):
        column = {"usage": "buyer", "counter": "counter"}[table]
        assert mall.execute(f"SELECT {column} FROM scrip.{table}").fetchone()[0] in (
            f"u:{pseudonym('ann')}", f"i:u:{pseudonym('ann')}")


def test_a_user_of_several_tenants_has_something_in_each(mall):
    with acting(mall, "scrip_user", "1,2", "ann"):
        assert {row[0] for row in mall.execute("SELECT buyer FROM scrip.usage")} == {
            f"u:{pseudonym('ann', tenant)}" for tenant in (1, 2)}
    with acting(mall, "scrip_user", "2", "bob"):
        assert count(mall, "usage") == 0


def test_a_user_writes_nothing_and_reads_nothing_else(mall):
    statements = [f"SELECT tenant FROM scrip.{table}" for table in ("tenant", "coupon_version", "event", "access_key", "answer", "person")]
    statements += ["SELECT locked FROM scrip.coupon", "SELECT limit_total FROM scrip.coupon",
                   "SELECT counters FROM scrip.usage", "SELECT is_generated FROM scrip.code"]
    statements += [f"SELECT tenant FROM scrip.{view}" for view in ("coupon_report", "usage_report", "event_report")]
    statements += [f"UPDATE scrip.{table} SET tenant = 1" for table in TABLES]
    statements += [f"DELETE FROM scrip.{table}" for table in TABLES]
    statements += ["SELECT scrip.opened_coupon(1, 'PUBLIC')",
                   "SELECT scrip.judged_coupon(NULL::scrip.tenant, 'PUBLIC', 'bob', 1, 'EUR')"]
    with acting(mall, "scrip_user", "1", "ann"):
        for statement in statements:
            with pytest.raises(errors.InsufficientPrivilege):
                with mall.transaction():
                    mall.execute(statement)


def ask(connection, code, user, total="100"):
    return connection.execute("SELECT scrip.validate_coupon(%s, %s, %s, 'EUR')", (code, user, total)).fetchone()[0]


def test_a_user_asks_about_any_code_but_only_for_themselves(mall):
    with acting(mall, "scrip_user", "1", "ann"):
        assert ask(mall, "window", "ann")["valid"]
        assert ask(mall, "window", None)["valid"]
        for code in ("FORBOB", "DRAFT", "NOSUCHCODE"):
            assert ask(mall, code, "ann") == {"valid": False, "error": "Invalid coupon code"}
        assert ask(mall, "LATE", "ann") == {"valid": False, "error": "Coupon has expired"}
        with pytest.raises(errors.InsufficientPrivilege):
            ask(mall, "FORBOB", "bob")
    with acting(mall, "scrip_user", "1"):
        with pytest.raises(errors.InsufficientPrivilege):
            ask(mall, "window", "ann")


def test_the_service_asks_for_anybody_and_is_told_the_reason(mall):
    for role in ("scrip_app", "scrip_admin"):
        with acting(mall, role, "1"):
            assert ask(mall, "FORBOB", "bob")["valid"]
            assert ask(mall, "FORBOB", "ann")["reason"] == "owner_mismatch"
    with acting(mall, "scrip_report", "1"):
        with pytest.raises(errors.InsufficientPrivilege):
            ask(mall, "window", "ann")


def test_every_table_of_a_tenant_is_under_policies_and_every_key_but_a_secret_begins_with_the_tenant(shops):
    tables = shops.execute("""
        SELECT relname, relrowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) FROM pg_class AS c
        WHERE relnamespace = 'scrip'::regnamespace AND relkind IN ('r', 'p') AND relname NOT IN ('schema_version', 'identity_check', 'write_probe')""").fetchall()
    assert {name for name, _, _ in tables} == set(TABLES)
    assert all(enabled and policies >= 3 for _, enabled, policies in tables)
    keys = shops.execute("""
        SELECT i.indexrelid::regclass::text, a.attname FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE c.relnamespace = 'scrip'::regnamespace AND i.indisunique AND c.relname NOT IN ('schema_version', 'identity_check', 'write_probe')
        UNION ALL
        SELECT k.conname, a.attname FROM pg_constraint AS k
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        WHERE k.connamespace = 'scrip'::regnamespace AND k.contype = 'f'""").fetchall()
    assert len(keys) > 10
    assert {name for name, column in keys if column != "tenant"} == {"scrip.access_key_secret_hash_key"}


def test_policies_leave_lookups_to_the_indexes(shops):
    with shops.transaction(force_rollback=True):
        shops.execute("""
            INSERT INTO scrip.coupon (tenant, id, state, revokes_locks, version, locked, redeemed, head_sequence, head_hash,
              created_at, updated_at)
            SELECT 1 + n %% 2, gen_random_uuid(), 1, false, 1, 0, 0, 0, '', 0, 0 FROM generate_series(1, 20000) AS n""", ())
        shops.execute("ANALYZE scrip.coupon")
        shops.execute("SET LOCAL ROLE scrip_app")
        shops.execute("SET LOCAL scrip.tenants = '1,2'")
        plan = "\n".join(row[0] for row in shops.execute("""
            EXPLAIN (COSTS OFF) SELECT c.version
            FROM unnest(ARRAY[1, 2]::bigint[], ARRAY[gen_random_uuid(), gen_random_uuid()]) AS k (tenant, id)
            JOIN scrip.coupon AS c ON c.tenant = k.tenant AND c.id = k.id"""))
        assert "Index Cond: ((tenant = k.tenant) AND (id = k.id))" in plan
        assert plan.count("InitPlan") == 1
