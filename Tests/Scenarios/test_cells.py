"""Two schemas of one database are two shops: neither knows of the other."""

import contextlib
import subprocess

import postgres
import pytest
from service import BINARY, Service, order


@pytest.fixture(params=["", "&citus=on"], ids=["plain", "as on Citus"])
def cells(request, database, tmp_path):
    """A running service on each of two schemas, each with an identity key of its own."""
    with contextlib.ExitStack() as stack:
        services = [
            Service(tmp_path / schema, SCRIP_STORE=f"{database}?schema={schema}{items}", SCRIP_IDENTITY_KEY=key * 32)
            for schema, items, key in [("shop_eu", "", "5c"), ("shop_us", request.param, "6d")]]
        for service in services:
            stack.callback(service.stop)
            service.start()
        yield services


def lock(service, number, codes):
    status, answer = service.call("POST", "/v1/applications", order(number, codes))
    assert status in (200, 201), answer
    return answer


def test_cells_share_no_codes_orders_keys_or_events(cells, database):
    first, second = cells
    first.coupon("SAME")
    assert "CouponCreated" not in {event["type"] for event in second.events()}
    status, refused = second.call("POST", "/v1/applications", order(1, ["SAME"]))
    assert status != 201, refused
    second.coupon("SAME")
    held = [lock(service, 1, ["SAME"])["id"] for service in cells]
    assert held[0] != held[1]
    status, key = first.call("POST", "/v1/keys", {"role": "server", "name": "shop"})
    assert status == 201
    assert first.call("GET", "/v1/settings", key=key["secret"])[0] != 401
    assert second.call("GET", "/v1/settings", key=key["secret"])[0] == 401
    for service, other, application in zip(cells, reversed(cells), held):
        assert other.call("POST", f"/v1/applications/{application}/release", {})[0] == 404
        assert service.call("POST", f"/v1/applications/{application}/redeem", {})[0] == 200
    assert postgres.sql(database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'scrip'") == "0"
    for service in cells:
        assert service.tool("audit", "verify").returncode == 0
        assert service.tool("rebuild", "--check").returncode == 0


def test_one_cell_is_rebuilt_copied_and_dropped_while_the_other_serves(cells, database):
    first, second = cells
    for service in cells:
        service.coupon("SAME")
        lock(service, 1, ["SAME"])
    assert second.stop() == 0
    postgres.sql(database, "UPDATE shop_us.coupon SET locked = 7")
    assert second.tool("rebuild", "--check").returncode != 0
    rebuilt = second.tool("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert second.tool("rebuild", "--check").returncode == 0

    source = second.settings["SCRIP_STORE"]
    target = source.replace("shop_us", "shop_us_2")
    copied = subprocess.run(
        [BINARY, "migrate", "store", "--from", source, "--to", target], capture_output=True, text=True)
    assert copied.returncode == 0, copied.stderr
    assert postgres.sql(database, "SELECT count(*) FROM shop_us_2.event") == postgres.sql(
        database, "SELECT count(*) FROM shop_us.event")
    second.settings["SCRIP_STORE"] = target
    second.start()
    second.coupon("NEXT")
    lock(second, 2, ["SAME", "NEXT"])
    assert second.tool("audit", "verify").returncode == 0

    postgres.sql(database, "DROP SCHEMA shop_us CASCADE")
    lock(first, 3, ["SAME"])
    assert first.tool("rebuild", "--check").returncode == 0
    assert postgres.sql(database, "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace "
                        "WHERE nspname LIKE 'shop%'") == "shop_eu shop_us_2"
