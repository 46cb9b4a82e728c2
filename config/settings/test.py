"""Tests: fast hashing, mail in memory, no Redis needed unless a test asks for it."""

import os

from jinja2 import StrictUndefined

from config.settings.base import INSTALLED_APPS
from config.settings.dev import *  # noqa: F403

# Services made for the tests live in the house meanwhile: one that receives people, one that sells places.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.second_service", "tests.booth"]
ROOT_URLCONF = "tests.urls"
DEBUG = False
PUBLIC_URL = "https://guichet.test"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Other threads would not see what a test has written and not committed.
DELIVER_AT_ONCE = False
SMS_BACKEND = "notifications.sms.MemoryBackend"
# As pytest does for Django's templates: a typing mistake in a fragment is a failure, not an empty space.
TEMPLATES[1]["OPTIONS"]["undefined"] = StrictUndefined
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "config.cache.CountingMemory"}}
if "REDIS_URL" not in os.environ:
    CELERY_BROKER_URL = "memory://"
