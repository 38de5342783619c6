"""The schema is taken where rights are few, through a pooler, and by several nodes at once."""

import re
import subprocess

import postgres
from service import BINARY

STEPS = subprocess.run([BINARY, "migrate", "script"], capture_output=True, text=True, check=True).stdout.count("-- Step ")


def migrate(url, folder, *arguments):
    return subprocess.Popen(
        [BINARY, "migrate", *(arguments or ["up"]), "--store", url, "--data", str(folder)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)


def taken(process):
    """The steps that a migration says it took."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return [int(number) for number in re.findall(r"step (\d+)", out)]


def test_without_the_right_to_make_roles_it_says_what_an_administrator_has_to_run(tmp_path):
    cluster = postgres.Cluster()
    try:
        admin = cluster.start().url
        postgres.sql(admin, "CREATE ROLE plain LOGIN")
        with postgres.database(admin) as url:
            name = url.rpartition("/")[2]
            postgres.sql(admin, f"ALTER DATABASE {name} OWNER TO plain")
            plain = re.sub(r"//[^@]*@", "//plain@", url)
            refused = migrate(plain, tmp_path)
            _, err = refused.communicate(timeout=60)
            assert refused.returncode != 0
            statements = re.findall(r"(?:CREATE ROLE|GRANT) [^;]+;", err)
            assert len(statements) == 5, err
            assert postgres.sql(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'scrip'") == "0"
            for statement in statements:
                postgres.sql(admin, statement)
            assert taken(migrate(plain, tmp_path)) == list(range(1, STEPS + 1))
            assert taken(migrate(plain, tmp_path, "down", "0")) == list(range(STEPS, 0, -1))
    finally:
        cluster.remove()


def test_several_nodes_migrate_at_once_through_a_pooler(database, tmp_path):
    with postgres.pooler(database) as pooled:
        nodes = [migrate(pooled, tmp_path / str(node)) for node in range(4)]
        steps = sorted(step for node in nodes for step in taken(node))
    assert steps == list(range(1, STEPS + 1))
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert postgres.sql(database, invalid) == "0"
