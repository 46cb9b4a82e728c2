import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config import checks
from config.settings.base import ROOT

SOUND = {
    "REAL_PEOPLE": True,
    "DEBUG": False,
    "SECRET_KEY": "k" * 50,
    "SECRETS_KEYS": ["a" * 43 + "="],
    "ALLOWED_HOSTS": ["rendez-vous.example.fr"],
    "PUBLIC_URL": "https://rendez-vous.example.fr",
    "DEFAULT_FROM_EMAIL": "Guichet <rendez-vous@example.fr>",
    "CALENDAR_DOMAIN": "example.fr",
    "LEGAL_FILE": str(ROOT / "tests" / "config" / "legal.toml"),
    "EMAIL_BACKEND": "anymail.backends.brevo.EmailBackend",
    "SMS_BACKEND": "notifications.sms.BrevoBackend",
    "BREVO_API_KEY": "key",
    "STATUS_TOKEN": "token",
    "STAFF_MFA_REQUIRED": True,
    "TRUSTED_PROXY_COUNT": 1,
    "DEMO_MAILBOX": None,
}


@pytest.fixture
def sound(settings):
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def told() -> dict[str, str]:
    messages = [
        *checks.security(),
        *checks.addresses(),
        *checks.legal_pages(),
        *checks.providers(),
        *checks.redis(),
        *checks.franceconnect(),
    ]
    assert all(message.hint for message in messages)
    return {message.id: message.msg for message in messages}


@pytest.mark.parametrize(
    ("url", "secret", "fault"),
    [
        ("https://fc.example/api/v2", "", {"guichet.E060"}),
        ("http://fc.example/api/v2", "s" * 40, {"guichet.E061"}),
        ("https://fc.example/api/v2", "s" * 40, set()),
    ],
)
def test_franceconnect_is_given_whole_and_over_https_or_not_at_all(sound, url, secret, fault):
    sound.FRANCECONNECT_URL, sound.FRANCECONNECT_CLIENT_ID, sound.FRANCECONNECT_CLIENT_SECRET = url, "guichet", secret
    assert set(told()) == fault


def test_sound_settings_have_no_fault(sound):
    assert told() == {}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SECRET_KEY", "", "guichet.E001"),
        ("SECRET_KEY", "short", "guichet.E001"),
        ("SECRET_KEY", "demonstration-only-not-a-secret-000000000000000000", "guichet.E001"),
        ("DEBUG", True, "guichet.E002"),
        ("ALLOWED_HOSTS", [], "guichet.E003"),
        ("ALLOWED_HOSTS", ["*"], "guichet.E003"),
        ("DEMO_MAILBOX", "/tmp", "guichet.E004"),
        ("STAFF_MFA_REQUIRED", False, "guichet.E005"),
        ("STATUS_TOKEN", "", "guichet.W001"),
        ("TRUSTED_PROXY_COUNT", 0, "guichet.W002"),
        ("PUBLIC_URL", "", "guichet.E010"),
        ("PUBLIC_URL", "http://rendez-vous.example.fr", "guichet.E010"),
        ("DEFAULT_FROM_EMAIL", "rendez-vous@guichet.example", "guichet.E011"),
        ("DEFAULT_FROM_EMAIL", "Guichet <ne-pas-repondre@example.fr>", "guichet.W013"),
        ("DEFAULT_FROM_EMAIL", "noreply@example.fr", "guichet.W013"),
        ("CALENDAR_DOMAIN", "guichet.example", "guichet.E012"),
        ("LEGAL_FILE", "", "guichet.E013"),
        ("LEGAL_FILE", "/nowhere/legal.toml", "guichet.E013"),
        ("LEGAL_FILE", str(ROOT / "config" / "demo" / "legal.toml"), "guichet.E014"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "guichet.E020"),
        ("SMS_BACKEND", "notifications.sms.ConsoleBackend", "guichet.W020"),
        ("BREVO_API_KEY", "", "guichet.E021"),
        ("SMS_BACKEND", "notifications.sms.OvhCloudBackend", "guichet.E021"),
        ("SMS_BACKEND", "notifications.sms.PlainHttpBackend", "guichet.E021"),
    ],
)
def test_each_fault_is_told_with_a_hint(sound, name, value, fault):
    setattr(sound, name, value)
    assert list(told()) == [fault]


def test_the_demo_and_the_tests_need_none_of_it(settings):
    assert not settings.REAL_PEOPLE
    assert told() == {}


def test_every_backend_named_in_the_checks_exists():
    from django.utils.module_loading import import_string

    for backend in checks.SMS_SETTINGS:
        assert import_string(backend)


def test_redis_out_of_reach_is_a_warning(sound):
    sound.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert list(told()) == ["guichet.W030"]


@pytest.mark.django_db
def test_the_database_is_good_enough(monkeypatch):
    assert checks.database(databases=["default"]) == []
    assert checks.database(databases=None) == []
    monkeypatch.setitem(connections["default"].__dict__, "pg_version", 140_005)
    (fault,) = checks.database(databases=["default"])
    assert (fault.id, fault.msg) == ("guichet.E041", "PostgreSQL 14 is too old.")


@pytest.mark.django_db
def test_a_missing_extension_is_told(monkeypatch):
    real = connections["default"].cursor

    class WithoutExtension:
        def __init__(self):
            self.cursor = real()

        def __enter__(self):
            return self

        def __exit__(self, *args):
            self.cursor.close()

        def execute(self, sql, params=None):
            self.cursor.execute(sql.replace("btree_gist", "no_such_extension"), params)

        def fetchone(self):
            return self.cursor.fetchone()

    monkeypatch.setattr(connections["default"], "cursor", WithoutExtension)
    assert [fault.id for fault in checks.database(databases=["default"])] == ["guichet.E042"]


def test_a_database_out_of_reach_is_told(monkeypatch):
    from django.db import OperationalError

    def refuse():
        raise OperationalError

    monkeypatch.setattr(connections["default"], "cursor", refuse)
    assert [fault.id for fault in checks.database(databases=["default"])] == ["guichet.E040"]


def test_the_server_refuses_to_start_and_says_why(sound):
    # What makes unknown template variables fail in tests is itself a fault to Django's own checks.
    sound.TEMPLATES = [
        {**engine, "OPTIONS": {k: v for k, v in engine["OPTIONS"].items() if k != "string_if_invalid"}}
        for engine in sound.TEMPLATES
    ]
    checks.refuse_to_start()
    sound.PUBLIC_URL = ""
    with pytest.raises(ImproperlyConfigured, match=r"guichet.E010: PUBLIC_URL(.|\n)*Set PUBLIC_URL"):
        checks.refuse_to_start()


def test_our_checks_are_registered(sound):
    sound.ALLOWED_HOSTS = []
    assert "guichet.E003" in {message.id for message in run_checks()}
