"""Real people. Everything that is missing is reported by the system checks (config/checks.py)."""

import os

from config.settings.base import *  # noqa: F403

SECURE_SSL_REDIRECT = os.environ.get("SECURE_SSL_REDIRECT", "1") == "1"
SECURE_HSTS_SECONDS = int(os.environ.get("SECURE_HSTS_SECONDS", "31536000"))
# Only where every host under ours answers by https for good: whoever has visited once cannot reach the others without.
SECURE_HSTS_INCLUDE_SUBDOMAINS = os.environ.get("SECURE_HSTS_INCLUDE_SUBDOMAINS", "") == "1"
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# A browser takes a cookie of such a name from this very host only, by https: no neighbour in the domain sets it.
COOKIE_PREFIX = "__Host-"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"

REAL_PEOPLE = True
# Probes ask the process itself, without the proxy that speaks https.
SECURE_REDIRECT_EXEMPT = [r"^sante/", r"^metrics$"]
# Both ask for the other hosts of the domain, which is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
