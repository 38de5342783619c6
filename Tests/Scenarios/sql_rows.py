"""Rows written straight into the service's tables, for tests of what callers of SQL see."""

import contextlib
import hashlib
import itertools
import json
import subprocess
import uuid

import postgres
import psycopg
from service import BINARY

NOW = 1_764_000_000_000_000
DAY = 86_400_000_000
numbers = itertools.count(1)


@contextlib.contextmanager
def migrated(server, folder):
    """A session of a superuser on a new database with the newest schema."""
    with postgres.database(server) as url:
        subprocess.run(
            [BINARY, "migrate", "up", "--store", url, "--data", str(folder)], check=True, capture_output=True)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


@contextlib.contextmanager
def acting(connection, role, tenants="", user=""):
    """A transaction under a role and its settings; whatever it does is taken back."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {role}")
        connection.execute(
            "SELECT set_config('scrip.tenants', %s, true), set_config('scrip.user_id', %s, true)", (tenants, user))
        yield connection


def insert(connection, table, **columns):
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    connection.execute(f"INSERT INTO scrip.{table} ({names}) VALUES ({places})", list(columns.values()))


def add_tenant(connection, tenant, rounding="half_up"):
    insert(connection, "tenant", tenant=tenant, name=f"shop {tenant}", rounding=rounding, percent_base="running",
           lock_seconds=900, head_sequence=0, head_hash=b"")


def pseudonym(user, tenant=1):
    """What stands for a user of a tenant here, in the form of the service's own, which are made with its key."""
    return f"person_0{hashlib.md5(f'{tenant}:{user}'.encode()).hexdigest()[:25]}"


def add_person(connection, tenant, user):
    """Somebody who is known by name; gives the pseudonym, or None for nobody."""
    if user is None:
        return None
    connection.execute(
        "INSERT INTO scrip.person (tenant, pseudonym, user_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (tenant, pseudonym(user, tenant), user))
    return pseudonym(user, tenant)


def terms(**members):
    """Stored terms, ten percent off everything unless told otherwise; `limits` and `discount` are filled up."""
    limits = {"total": None, "per_user": None, "per_code": None, "budget": {}, "on_budget_short": "refuse",
              "per_period": [], **members.pop("limits", {})}
    discount = {"type": "percent", "percent": "10", "cap": {}, **members.pop("discount", {})}
    if discount["type"] in ("fixed", "decimal"):
        discount = {"type": discount["type"], "amounts": discount["amounts"]}
    return {"name": "Ten off", "discount": discount, "scope": "order", "eligible_lines": None, "rules": None,
            "minimum": {}, "minimum_basis": "list", "starts_at": None, "ends_at": None, "start_day": None,
            "end_day": None, "time_zone": None, "limits": limits, "owner": None, "seller_id": None,
            "stacking": {"policy": "open", "group": None, "combines_with": ["line", "order", "shipping"]},
            "priority": 0, "restore_on": ["canceled"], "automatic": False, "metadata": {}, **members}


def add_coupon(connection, tenant, code=None, state=1, locked=0, redeemed=0, starts=None, ends=None, **members):
    """A coupon with its version and, if one is named, a code; gives its id."""
    id, written = uuid.uuid4(), terms(**{**members, "owner": add_person(connection, tenant, members.get("owner"))})
    insert(connection, "coupon", tenant=tenant, id=id, state=state, revokes_locks=False, version=1, locked=locked,
           redeemed=redeemed, limit_total=written["limits"]["total"], owner=written["owner"],
           seller_id=written["seller_id"], starts_at=starts, ends_at=ends, head_sequence=0, head_hash=b"",
           created_at=NOW, updated_at=NOW)
    insert(connection, "coupon_version", tenant=tenant, coupon_id=id, version=1, terms=json.dumps(written))
    if code:
        add_code(connection, tenant, id, code)
    return id


def add_code(connection, tenant, coupon, code, owner=None, limit=None, used=0, generated=False):
    insert(connection, "code", tenant=tenant, canonical=code, coupon_id=coupon,
           owner=add_person(connection, tenant, owner), use_limit=limit, used=used, is_generated=generated)


def add_counter(connection, tenant, coupon, counter, used):
    insert(connection, "counter", tenant=tenant, holder_id=coupon, counter=counter, used=used)


def add_uses_by(connection, tenant, coupon, user, used):
    add_counter(connection, tenant, coupon, f"i:u:{add_person(connection, tenant, user)}", used)


def add_application(connection, tenant, coupon, user, state=1, locked_at=NOW, expires_at=NOW + DAY, amount=1050):
    """An order's application with one usage; gives its id."""
    id, order = uuid.uuid4(), f"o-{next(numbers)}"
    insert(connection, "usage", tenant=tenant, application_id=id, coupon_id=coupon, id=uuid.uuid4(), version=1,
           code="TEN", state=state, amount=amount, is_first=True, order_id=order,
           buyer=f"u:{add_person(connection, tenant, user)}", application_state=state, locked_at=locked_at, expires_at=expires_at, currency="EUR", discount=amount,
           total=10_000, agreed_sequence=1)
    return id


def add_event(connection, tenant, stream, sequence=1):
    connection.execute(
        """INSERT INTO scrip.event (tenant, position, stream_kind, stream, sequence, type, at, actor, payload, hash, settled_after)
           VALUES (%s, nextval('scrip.event_position'), 1, %s, %s, 'CouponCreated', %s, 'system', '{}', '',
             scrip.next_transaction())""", (tenant, stream, sequence, NOW))
