"""What must be right before real people come. Each fault says what to do about it.

`manage.py check` runs them all; `--database default` adds those that ask the database; the web server refuses to start
on an error (config.wsgi). They hold for production settings; the demo and the tests need none of it.
"""

import re
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from municipalities import secrets_at_rest

DEMO_DOMAIN = "guichet.example"
DEMO_KEY = "ZGVtb25zdHJhdGlvbi1vbmx5LW5vdC1hLXNlY3JldC0="
POSTGRESQL = 15
#: Settings that each SMS backend cannot do without.
SMS_SETTINGS = {
    "notifications.sms.OvhCloudBackend": (
        "OVH_APPLICATION_KEY",
        "OVH_APPLICATION_SECRET",
        "OVH_CONSUMER_KEY",
        "OVH_SMS_SERVICE",
    ),
    "notifications.sms.BrevoBackend": ("BREVO_API_KEY",),
    "notifications.sms.PlainHttpBackend": ("SMS_HTTP_URL",),
}
#: Backends that send nothing to anybody.
PRETENDING = ("console", "locmem", "filebased", "dummy", "mailbox", "Console", "Memory", "File")


@register(Tags.security)
def security(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.REAL_PEOPLE:
        return []
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:
        key = ""
    secrets_fault = secrets_at_rest.fault_of(settings.SECRETS_KEYS)
    faults: list[tuple[Any, CheckMessage]] = [
        (
            len(key) < 40 or "not-a-secret" in key,
            Error(
                "SECRET_KEY is missing, short or the demo's.",
                hint="Set the environment variable SECRET_KEY to 50 random characters and keep it: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(50))"',
                id="guichet.E001",
            ),
        ),
        (
            settings.DEBUG,
            Error("DEBUG is on: error pages would show people's data.", hint="Leave DEBUG unset.", id="guichet.E002"),
        ),
        (
            not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS,
            Error(
                "ALLOWED_HOSTS does not name the hosts that this service answers for.",
                hint="Set ALLOWED_HOSTS, separated by commas: rendez-vous.example.fr,www.example.fr",
                id="guichet.E003",
            ),
        ),
        (
            settings.DEMO_MAILBOX is not None,
            Error(
                "The demo's mailbox is on: anybody could read every message.",
                hint="DEMO_MAILBOX belongs to the development settings only.",
                id="guichet.E004",
            ),
        ),
        (
            not settings.STAFF_MFA_REQUIRED,
            Error(
                "Agents may see residents' data with a password alone.",
                hint="Leave STAFF_MFA_REQUIRED unset: every account then sets up a passkey or a code of the telephone.",
                id="guichet.E005",
            ),
        ),
        (
            secrets_fault or DEMO_KEY in settings.SECRETS_KEYS,
            Error(
                f"SECRETS_KEYS cannot keep the database's secrets: {secrets_fault or 'the demo’s key is in it'}.",
                hint="Set SECRETS_KEYS to a key of its own, kept apart from the database and its backups: python3 -c "
                '"import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
                id="guichet.E006",
            ),
        ),
        (
            not settings.STATUS_TOKEN,
            Warning(
                "/sante/etat and /metrics answer everybody.",
                hint="Set STATUS_TOKEN, or keep both addresses inside at the proxy.",
                id="guichet.W001",
            ),
        ),
        (
            settings.TRUSTED_PROXY_COUNT < 1,
            Warning(
                "Everybody who comes through the proxy counts as one address: a few people, or one hostile one, use up "
                "the limits of all, at the agents' sign-in too.",
                hint="Set TRUSTED_PROXY_COUNT to the number of your own proxies that append to X-Forwarded-For: 1 for "
                "the one that speaks https.",
                id="guichet.W002",
            ),
        ),
    ]
    return [message for is_wrong, message in faults if is_wrong]


#: Names people give to mailboxes that swallow what comes.
_NOBODY = re.compile(r"no-?reply|do-?not-?reply|(ne|nepas)-?(pas-?)?(repondre|reply)|keine-?antwort|nobody")


@register()
def addresses(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.REAL_PEOPLE:
        return []
    found: list[CheckMessage] = []
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme != "https" or not url.hostname:
        found.append(
            Error(
                "PUBLIC_URL is not an https address: links in messages would lead nowhere.",
                hint="Set PUBLIC_URL to the address people reach you at: https://rendez-vous.example.fr",
                id="guichet.E010",
            )
        )
    if DEMO_DOMAIN in settings.DEFAULT_FROM_EMAIL:
        found.append(
            Error(
                "DEFAULT_FROM_EMAIL is the demo's: mail from it is refused everywhere.",
                hint="Set DEFAULT_FROM_EMAIL to an address of a domain whose SPF and DKIM name your provider.",
                id="guichet.E011",
            )
        )
    mailbox = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[0].lower()
    if _NOBODY.search(mailbox):
        found.append(
            Warning(
                "DEFAULT_FROM_EMAIL is read by nobody: where a town has no address of its own, calendars answer our "
                "invitations there, and people reply to our mails.",
                hint="Name a mailbox that somebody reads, or whose server refuses mail with a sentence that says whom "
                "to call; and give each town and operator an address under « Identité ».",
                id="guichet.W013",
            )
        )
    if settings.CALENDAR_DOMAIN == DEMO_DOMAIN:
        found.append(
            Error(
                "CALENDAR_DOMAIN is the demo's.",
                hint="Set it once and for all to a domain of yours: it is part of every calendar entry's identity.",
                id="guichet.E012",
            )
        )
    return found


@register()
def legal_pages(**_kwargs: Any) -> list[CheckMessage]:
    """Who publishes, who hosts, who protects data: a public site must say it (laws of 2004, 2005 and 2018)."""
    if not settings.REAL_PEOPLE:
        return []
    from booking.portal import legal

    hint = "Copy config/demo/legal.toml, correct every line, and set LEGAL_FILE to its path."
    found: list[CheckMessage] = [
        Error(f"The legal pages are incomplete: {fault}.", hint=hint, id="guichet.E013") for fault in legal.faults()
    ]
    if settings.LEGAL_FILE and settings.LEGAL_FILE.endswith("config/demo/legal.toml"):
        found.append(Error("The legal pages name the demo's invented bodies.", hint=hint, id="guichet.E014"))
    return found


@register()
def providers(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.REAL_PEOPLE:
        return []
    found: list[CheckMessage] = []
    for setting in ("EMAIL_BACKEND", "SMS_BACKEND"):
        backend: str = getattr(settings, setting)
        if any(word in backend for word in PRETENDING):
            kind = Error if setting == "EMAIL_BACKEND" else Warning
            found.append(
                kind(
                    f"{setting} sends nothing to anybody: {backend}",
                    hint="See the README for the backends that do.",
                    id="guichet.E020" if kind is Error else "guichet.W020",
                )
            )
    missing = [name for name in SMS_SETTINGS.get(settings.SMS_BACKEND, ()) if not getattr(settings, name, "")]
    if missing:
        found.append(
            Error(
                f"{settings.SMS_BACKEND} needs {', '.join(missing)}.",
                hint="Set them in the environment, or choose another SMS_BACKEND.",
                id="guichet.E021",
            )
        )
    return found


@register()
def payments(**_kwargs: Any) -> list[CheckMessage]:
    """Paying online is off, or whole. In tests and in the demonstration too: half of it would refuse people."""
    mode = settings.PAYFIP_SAISIE
    if not mode:
        return []
    found: list[CheckMessage] = []
    if mode not in ("T", "X", "W"):
        found.append(
            Error(
                "PAYFIP_SAISIE is none of T, X and W.",
                hint="T pays nothing, X activates a cash office with DGFiP, W takes real money. Leave it empty to "
                "offer no payment online.",
                id="guichet.E022",
            )
        )
    if settings.PAYFIP_TIMEOUT < 1 or settings.PAYFIP_AT_ONCE < 1:
        found.append(
            Error(
                "PAYFIP_TIMEOUT and PAYFIP_AT_ONCE are at least 1.",
                hint="Leave both unset: eight seconds, one question at a time.",
                id="guichet.E023",
            )
        )
    if settings.REAL_PEOPLE and mode != "W":
        found.append(
            Warning(
                f"PAYFIP_SAISIE is {mode}: people are sent to a payment page that takes no money.",
                hint="Set PAYFIP_SAISIE to W once DGFiP has activated the cash office.",
                id="guichet.W022",
            )
        )
    if settings.REAL_PEOPLE and settings.PAYFIP_WSDL and not settings.PAYFIP_WSDL.startswith("https://"):
        found.append(
            Error(
                "PAYFIP_WSDL is not an https address: it is a simulator's.",
                hint="Leave PAYFIP_WSDL empty: the packaged one names DGFiP's service.",
                id="guichet.E024",
            )
        )
    if len(f"{settings.PUBLIC_URL}/payfip/retour/{'0' * 36}/") > 250 or not settings.PUBLIC_URL:
        found.append(
            Error(
                "PUBLIC_URL is missing or too long for the addresses PayFiP comes back to (250 characters).",
                hint="Set PUBLIC_URL to the address people reach you at.",
                id="guichet.E025",
            )
        )
    return found


@register(Tags.caches)
def redis(**_kwargs: Any) -> list[CheckMessage]:
    from config.health import redis_answers

    if redis_answers():
        return []
    return [
        Warning(
            "Redis does not answer. People can book; messages wait, and limits count per process.",
            hint="Check CACHE_URL and REDIS_URL.",
            id="guichet.W030",
        )
    ]


@register(Tags.database)
def database(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Version and extension; asked when a database is named, as `migrate` does."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        try:
            with connection.cursor() as cursor:
                version = connection.pg_version  # type: ignore[attr-defined]
                cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'btree_gist'")
                (available,) = cursor.fetchone()
        except DatabaseError as error:
            found.append(
                Error(
                    f"The database does not answer ({type(error).__name__}).",
                    hint="Check DATABASE_URL: postgresql://user:password@host:5432/name",
                    id="guichet.E040",
                )
            )
            continue
        if version < POSTGRESQL * 10_000:
            found.append(
                Error(
                    f"PostgreSQL {version // 10_000} is too old.",
                    hint=f"PostgreSQL {POSTGRESQL} or newer is needed.",
                    id="guichet.E041",
                )
            )
        if not available:
            found.append(
                Error(
                    "The extension btree_gist is not installed on the database server.",
                    hint="Debian and Ubuntu: apt install postgresql-contrib. It keeps two people off one counter.",
                    id="guichet.E042",
                )
            )
    return found


@register(Tags.security)
def franceconnect(**_kwargs: Any) -> list[CheckMessage]:
    """The families' second door: given whole, or not at all."""
    given = {
        name: getattr(settings, name)
        for name in ("FRANCECONNECT_URL", "FRANCECONNECT_CLIENT_ID", "FRANCECONNECT_CLIENT_SECRET")
    }
    if not settings.REAL_PEOPLE or not any(given.values()):
        return []
    missing = [name for name, value in given.items() if not value]
    if missing:
        return [
            Error(
                f"FranceConnect is half given: {', '.join(missing)} is missing.",
                hint="Set all three FRANCECONNECT_… variables, or none: then it is not offered, and codes go on.",
                id="guichet.E060",
            )
        ]
    if not given["FRANCECONNECT_URL"].startswith("https://"):
        return [
            Error(
                "FranceConnect would be asked without https: anybody between could say who is there.",
                hint="FRANCECONNECT_URL=https://oidc.franceconnect.gouv.fr/api/v2",
                id="guichet.E061",
            )
        ]
    return []


def refuse_to_start() -> None:
    """Raises ImproperlyConfigured with every error and its hint. Warnings do not keep the service from starting."""
    errors = [message for message in run_checks() if message.level >= 40]
    if errors:
        lines = "\n".join(f"  {message.id}: {message.msg}\n      {message.hint or ''}" for message in errors)
        raise ImproperlyConfigured(f"The service is not fit to start:\n{lines}")
