"""Production's behaviour on loopback: no debugging, and limits that a crowd behind one address does not reach."""

from config.settings.dev import *  # noqa: F403
from config.settings.dev import os

DEBUG = False
RATE_LIMITS = dict.fromkeys(("recherche", "retenue", "confirmation", "lien", "renvoi"), (10**9, 10**9, 600))
HOLDS_PER_BROWSER = 3
HOLDS_PER_ADDRESS = 10**9
DEMO_MAILBOX = None
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = "127.0.0.1"
SMS_BACKEND = "notifications.sms.MemoryBackend"
