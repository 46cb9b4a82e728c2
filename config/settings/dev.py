"""The demo and a developer's machine. Never for real people: the key is public and mail stays in a folder."""

import os

from config.settings.base import *  # noqa: F403
from config.settings.base import CONTENT_SECURITY_POLICY, ROOT, VAR, env_list

DEBUG = os.environ.get("DEBUG", "") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "demonstration-only-not-a-secret-000000000000000000")
SECRETS_KEYS = env_list("SECRETS_KEYS", "ZGVtb25zdHJhdGlvbi1vbmx5LW5vdC1hLXNlY3JldC0=")
ALLOWED_HOSTS = ["*"]
PUBLIC_URL = os.environ.get("PUBLIC_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")
LEGAL_FILE = os.environ.get("LEGAL_FILE", str(ROOT / "config" / "demo" / "legal.toml"))
DEMO_MAILBOX = VAR / "mailbox"
# Browsers allow passkeys on http://localhost, which is where the demonstration runs.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# So that the demonstration can be walked with a password alone; its sign-in page says so.
STAFF_MFA_REQUIRED = os.environ.get("STAFF_MFA_REQUIRED", "0") == "1"
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "notifications.mailbox.MailboxBackend")
SMS_BACKEND = os.environ.get("SMS_BACKEND", "notifications.sms.FileBackend")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Nothing is collected here: files come straight from the source folders.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {**CONTENT_SECURITY_POLICY["DIRECTIVES"], "frame-src": ["'self'"]},
}
