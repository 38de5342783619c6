"""A shop whose settings leave out whatever its three requests have no need of: sessions, translations, templates, logs."""

import os

SECRET_KEY = "of-a-benchmark-that-signs-nothing"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
MIDDLEWARE = []
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = False
# A refused order is an answer and no news.
LOGGING = {"version": 1, "loggers": {"django.request": {"level": "ERROR"}}}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        "USER": os.environ["PGUSER"],
        "NAME": os.environ["PGDATABASE"],
        # Connections stay open, one for each thread.
        "CONN_MAX_AGE": None,
        # Statements are prepared by the server.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 1},
    }
}
# Where the payment provider is; empty if orders are paid outside.
PROVIDER_URL = os.environ.get("PROVIDER_URL", "")
