"""Real people. Everything that is missing is reported by the system checks (config/checks.py)."""

import os

from config.settings.base import *  # noqa: F403

SECURE_SSL_REDIRECT = os.environ.get("SECURE_SSL_REDIRECT", "1") == "1"
SECURE_HSTS_SECONDS = int(os.environ.get("SECURE_HSTS_SECONDS", "31536000"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

REAL_PEOPLE = True
# Probes ask the process itself, without the proxy that speaks https.
SECURE_REDIRECT_EXEMPT = [r"^sante/", r"^metrics$"]
