"""Tests: fast hashing, mail in memory, no Redis needed unless a test asks for it."""

import os

from config.settings.dev import *  # noqa: F403

DEBUG = False
PUBLIC_URL = "https://guichet.test"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SMS_BACKEND = "notifications.sms.MemoryBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "config.cache.CountingMemory"}}
if "REDIS_URL" not in os.environ:
    CELERY_BROKER_URL = "memory://"
