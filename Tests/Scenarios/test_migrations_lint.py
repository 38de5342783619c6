"""The schema's SQL, held against a linter for migrations of databases in use, and run by hand."""

import json
import pathlib
import re
import subprocess
import sys

import pytest
from postgres import database as new_database
from service import BINARY

# The first step meets no data, since its tables are its own. Its 16-bit columns hold the few numbers of states, roles
# and causes, so they can't run out.
EXCLUDED = {
    1: ["prefer-bigint-over-smallint"],
}


def tool(*arguments):
    result = subprocess.run([BINARY, "migrate", *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def script():
    return tool("script")


def findings(sql, exclude=()):
    """What the linter says, as (rule, line, message)."""
    squawk = pathlib.Path(sys.executable).with_name("squawk")
    arguments = [squawk, "--pg-version", "15", "--reporter", "json", "--include", "require-table-schema"]
    result = subprocess.run(
        [*arguments, *(f"--exclude={rule}" for rule in exclude)], input=sql, capture_output=True, text=True)
    found = json.loads(result.stdout)
    assert (result.returncode == 0) == (not found), result.stderr
    return [(entry["rule_name"], entry["line"], entry["message"]) for entry in found]


def steps(script):
    """Each step as a script of its own, so that no table counts as new that an earlier step has made."""
    for section in re.split(r"(?m)^(?=BEGIN;$)|^COMMIT;\n", script):
        if not section.strip():
            continue
        beginning, *parts = re.split(r"(?m)^(?=-- Step )", section)
        timeouts = re.match(r"\s*(BEGIN;\n)?(SET .*;\n)+", beginning).group()
        for part in parts:
            number = int(re.match(r"-- Step (\d+):", part).group(1))
            yield number, timeouts + part + ("COMMIT;\n" if "BEGIN;" in timeouts else "")


def test_no_step_would_hold_up_a_database_in_use(script):
    numbers = []
    for number, sql in steps(script):
        assert findings(sql, EXCLUDED.get(number, ())) == [], f"step {number}"
        numbers.append(number)
    assert numbers and numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("careless, rule", [
    ("ALTER TABLE scrip.coupon ADD COLUMN note text NOT NULL;", "adding-required-field"),
    ("CREATE INDEX coupon_of_seller ON scrip.coupon (tenant, seller_id);", "require-concurrent-index-creation"),
    ("ALTER TABLE scrip.coupon ALTER COLUMN state TYPE bigint;", "changing-column-type"),
    ("ALTER TABLE scrip.usage ADD FOREIGN KEY (tenant, coupon_id) REFERENCES scrip.coupon (tenant, id);",
     "adding-foreign-key-constraint"),
])
def test_the_linter_finds_what_would(script, careless, rule):
    # As a later step would be sent: the tables are there, with data in them.
    timeouts = re.match(r"BEGIN;\n(SET .*;\n)+", script).group()
    sql = f"{timeouts}{careless}\nCOMMIT;\n"
    assert rule in {found for found, _, _ in findings(sql)}


def dump(url):
    return subprocess.run(
        ["pg_dump", "--schema-only", "-d", url], capture_output=True, text=True, check=True).stdout


def test_run_by_hand_the_script_leaves_what_the_tool_leaves(server, script, tmp_path):
    with new_database(server) as by_hand, new_database(server) as by_tool:
        subprocess.run(
            ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", by_hand], input=script, text=True, check=True,
            capture_output=True)
        tool("up", "--store", by_tool, "--data", str(tmp_path))
        # pg_dump of some versions puts a random key around the dump.
        restricting = re.compile(r"(?m)^\\(un)?restrict .*$")
        assert restricting.sub("", dump(by_hand)) == restricting.sub("", dump(by_tool))
        statuses = [tool("status", "--store", url, "--data", str(tmp_path)) for url in (by_hand, by_tool)]
        taken = [re.sub(r"\d{4}-\S+Z", "at a moment", status) for status in statuses]
        assert taken[0] == taken[1] and " - " not in taken[0]
