"""The rival's shop: the Django application in rivals/django, served by gunicorn, on a database of its own."""

import concurrent.futures
import contextlib
import json
import os
import subprocess
import urllib.error
import urllib.request

from servers import HERE, free_port, wait_for

SHOP = HERE / "rivals" / "django"
PYTHON = HERE / ".venv" / "bin" / "python"
# Each run takes the number of workers that serves most. More threads for each change nothing any more on two cores.
WORKERS = (2, 3, 4)
THREADS = 4
# One for each thread, if there are most workers: more of them would only wait.
CONNECTIONS = max(WORKERS) * THREADS
LIMITED, LIMIT = "LIMITED", 50

FILL = f"""
import datetime
from django.contrib.auth.models import User
from django.utils import timezone
from shop.models import Coupon
User.objects.bulk_create(User(pk=number, username=f"u-{{number}}") for number in range(1, 1001))
year = timezone.now() + datetime.timedelta(days=365)
limits = {{"HOT": 10**9, "{LIMITED}": {LIMIT}, **{{f"SCATTER-{{number:04d}}": 10**9 for number in range(1000)}}}}
Coupon.objects.bulk_create(
    Coupon(code=code, discount_amount=10, expires_at=year, uses_max=most) for code, most in limits.items())
"""


def install():
    """Makes the virtual environment that the shop runs in, if there is none: of the system's Python where there is one, as
    one that somebody has built may be without its optimizations, and half as fast."""
    if not PYTHON.exists():
        system = "/usr/bin/python3"
        subprocess.run([system if os.access(system, os.X_OK) else "python3", "-m", "venv", HERE / ".venv"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", SHOP / "requirements.txt"],
                   check=True)


class Shop:
    """A shop at an address, and what its database says."""

    def __init__(self, url, environment):
        self.url = url
        self.environment = environment

    def sql(self, statement):
        return int(subprocess.run(["psql", "-qtAc", statement], check=True, capture_output=True, text=True,
                                  env=self.environment).stdout)

    def paid(self):
        """How many orders are paid, with their coupons."""
        return self.sql("SELECT count(*) FROM orders_order WHERE status = 'paid' AND coupon_id IS NOT NULL")

    def order(self, code):
        """Whether an order with a code is taken."""
        body = {"user": 1, "code": code, "items": [{"product_id": 1, "quantity": 1, "price": "100.00"}]}
        try:
            urllib.request.urlopen(urllib.request.Request(self.url + "/orders", json.dumps(body).encode()), timeout=60)
            return True
        except urllib.error.HTTPError as error:
            assert error.code == 409, error
            return False

    def check(self):
        """A coupon is used as often as orders have it, and not more often than it may be."""
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            taken = sum(pool.map(self.order, [LIMITED] * 3 * LIMIT))
        assert taken in (LIMIT, 0), taken
        apart = self.sql("SELECT count(*) FROM coupons_coupon c WHERE uses <> "
                         "(SELECT count(*) FROM orders_order o WHERE o.coupon_id = c.id AND o.status <> 'failed')")
        uses = self.sql(f"SELECT uses FROM coupons_coupon WHERE code = '{LIMITED}'")
        assert (apart, uses) == (0, LIMIT), (apart, uses)


@contextlib.contextmanager
def gunicorn(environment, workers, provider=""):
    """The shop's server, for orders that are paid outside or through a provider."""
    port = free_port()
    process = subprocess.Popen(
        [PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--worker-class",
         "gthread", "--threads", str(THREADS), "--keep-alive", "75", "--worker-connections", "1000", "--log-level", "error",
         "django.core.wsgi:get_wsgi_application()"],
        cwd=SHOP, env={**environment, "PROVIDER_URL": provider})
    try:
        wait_for(port)
        yield Shop(f"http://127.0.0.1:{port}", environment)
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def shops(server, provider, trial):
    """The shop on a PostgreSQL server, twice: for orders that are paid outside, and through the provider; before them how many
    workers each has. `trial` tells how many checkouts a second a shop does."""
    install()
    subprocess.run(["createdb", "shop"], check=True, env=server)
    environment = {**server, "PGDATABASE": "shop", "DJANGO_SETTINGS_MODULE": "settings"}
    for command in (["migrate", "auth"], ["migrate", "--run-syncdb"], ["shell", "--command", FILL]):
        subprocess.run([PYTHON, "-m", "django", *command, "--verbosity", "0"], check=True, cwd=SHOP, env=environment)
    rates = {}
    for workers in WORKERS:
        with gunicorn(environment, workers) as shop:
            rates[workers] = trial(shop)
    best = max(rates, key=rates.get)
    with gunicorn(environment, best) as outside, gunicorn(environment, best, provider) as through:
        outside.check()
        yield best, {"outside": outside, "provider": through}
        outside.check()
