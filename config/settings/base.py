"""What holds everywhere. Everything that differs between installations comes from the environment."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from config.settings.schedule import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
# Address people reach us at; links in mails start with it, whatever host a worker runs on.
PUBLIC_URL = os.environ.get("PUBLIC_URL", "").rstrip("/")

INSTALLED_APPS = [
    "config",
    "municipalities",
    "notifications",
    "booking.residents",
    "booking.payments",
    "booking.appointments",
    "booking.nurseries",
    "booking.activities",
    "booking.feeds",
    "booking.portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "anymail",
    "csp",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # a page of allauth.mfa says how long ago a key was used
    "django.forms",
]

MIDDLEWARE = [
    "config.logs.request_log",
    "config.metrics.request_figures",
    "config.health.alive_before_all",
    "config.requests.readable_requests",
    "config.requests.head_as_get",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "municipalities.middleware.municipality_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.requests.page_above",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "municipalities.forms.typed.TypedMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "municipalities.audit.audit_middleware",
    "municipalities.access.guard_middleware",
    "municipalities.previews.preview_middleware",
]

#: A request whose body says it is longer is refused before any of it is read; forms bound their files more closely.
MOST_BODY_BYTES = 50_000_000

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["municipalities.templatetags.pressing"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "municipalities.context.identity",
                "booking.appointments.resident.held_bar.held",
            ],
        },
    },
    # Fragments of long pages, in the folders jinja2/ of the apps.
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "municipalities.jinja.environment"},
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", "postgresql:///guichet"),
        conn_max_age=int(os.environ.get("DATABASE_CONN_MAX_AGE", "60")),
        conn_health_checks=True,
    )
}
DATABASES["default"]["ENGINE"] = "config.database"
_BEHIND_PGBOUNCER = os.environ.get("PGBOUNCER", "") == "1"
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "connect_timeout": 5,
    # A peer that has gone without a word is noticed within the minute, and within half of one where something was sent.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    # How long connections wait, by the kind of process: config/database/limits.py.
    "with_limits": not _BEHIND_PGBOUNCER,
    # Prepared is what asks for it (database/prepared.py); behind PgBouncer in transaction mode nothing is.
    "prepare_threshold": None if _BEHIND_PGBOUNCER else 1_000_000_000,
}
if not _BEHIND_PGBOUNCER:
    # What is prepared is written for one plan that serves any values: planning anew costs more than running it.
    DATABASES["default"]["OPTIONS"]["options"] = " ".join(
        (DATABASES["default"]["OPTIONS"].get("options", ""), "-c plan_cache_mode=force_generic_plan -c jit=off")
    ).strip()
# There no cursor may outlive its transaction either.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = _BEHIND_PGBOUNCER

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "config.cache.RedisOrMemory",
        "LOCATION": os.environ.get("CACHE_URL", "redis://localhost:6379/1"),
        "KEY_FUNCTION": "config.cache.hidden_key",
        "OPTIONS": {"serializer": "config.cache.Json", "socket_connect_timeout": 0.3, "socket_timeout": 0.5},
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "municipalities.StaffMember"
AUTHENTICATION_BACKENDS = [
    # Django's own beside it would hash each wrong password a second time.
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "municipalities.passwords.CommonPassword"},
    {"NAME": "municipalities.passwords.PasswordOfOurs"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "staff:home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "municipalities.adapter.StaffAccountAdapter"
# Nothing is ever sent to an address that has no account; whoever has one hears of changes to it.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {
    "login": "municipalities.forms.accounts.SignInForm",
    "add_email": "municipalities.forms.accounts.NoOtherAddressForm",
    "reset_password": "municipalities.forms.accounts.SameAnswerForm",
}
MFA_ADAPTER = "municipalities.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Whoever comes by the invitation's link has shown whose account it is; a second factor that is there is asked all the
# same, and one that is not is set up before any page of the agents.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# Counters are shared: a session ends with the browser, and nobody is offered anything else.
ACCOUNT_SESSION_REMEMBER = False
# No page of the agents without a passkey or a code of the telephone. Only the demonstration does without.
STAFF_MFA_REQUIRED = os.environ.get("STAFF_MFA_REQUIRED", "1") == "1"
# Minutes without a page after which an agent signs in again; what was being sent is kept.
STAFF_IDLE_MINUTES = int(os.environ.get("STAFF_IDLE_MINUTES", "30"))
# Hours after which an agent signs in again all the same (ASVS 5.0, 7.3.2).
STAFF_SESSION_HOURS = int(os.environ.get("STAFF_SESSION_HOURS", "12"))
# Keys for what the database keeps secret, the first for writing: municipalities/secrets_at_rest.py.
SECRETS_KEYS = env_list("SECRETS_KEYS")

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [ROOT / "config" / "locale"]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = VAR / "static"
STATICFILES_DIRS = [ROOT / "config" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
# Thirty calendars that do not answer keep those waiting who fetch calendars, and nobody else.
# So does a treasury that does not answer: whoever asks it waits there, and no message with them.
CELERY_TASK_ROUTES = {
    "booking.appointments.tasks.fetch_busy_calendar": {"queue": "calendars"},
    "booking.payments.tasks.reconcile": {"queue": "calendars"},
}
# Beat keeps no file, which a power cut could break: what comes rarely comes by the clock, not so long after a start.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"

# Calendars that staff add by their address are read from the public Internet only; this opens our own machine too.
BUSY_CALENDARS_MAY_BE_LOCAL = os.environ.get("BUSY_CALENDARS_MAY_BE_LOCAL", "") == "1"

# Citizens have no session: what they hold lives in signed cookies. Staff sessions live in the database, so that
# signing in does not depend on Redis.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * 3600
# Before the names of our own cookies (municipalities/cookies.py).
COOKIE_PREFIX = ""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failed"
MESSAGE_STORAGE = "municipalities.cookies.MessageCookies"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Guichet commun <rendez-vous@guichet.example>")
SMS_BACKEND = os.environ.get("SMS_BACKEND", "notifications.sms.ConsoleBackend")
# Domain of calendar UIDs.
CALENDAR_DOMAIN = os.environ.get("CALENDAR_DOMAIN", "guichet.example")

# --- Messages: mail and SMS providers -------------------------------------------------------------------------------
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"
EMAIL_USE_SSL = os.environ.get("EMAIL_USE_SSL", "") == "1"
# Seconds for each step of a mail's conversation; six of them must fit in the lease below.
EMAIL_TIMEOUT = int(os.environ.get("EMAIL_TIMEOUT", "15"))
# Whose receipts we take (brevo, mailjet, postal): the backend's, or that of the SMTP relay behind EMAIL_HOST.
MAIL_SERVICE = os.environ.get("MAIL_SERVICE") or (
    EMAIL_BACKEND.split(".")[2] if EMAIL_BACKEND.startswith("anymail.backends.") else ""
)
# ANYMAIL_BREVO_API_KEY, ANYMAIL_MAILJET_API_KEY, ANYMAIL_WEBHOOK_SECRET…: what anymail calls BREVO_API_KEY and so on.
# Without a secret nobody knows the one made up here: receipts are refused rather than believed. Postal signs instead.
ANYMAIL = {
    **({} if MAIL_SERVICE == "postal" else {"WEBHOOK_SECRET": f"nobody:{secrets.token_urlsafe(24)}"}),
    "REQUESTS_TIMEOUT": (5, 20),
    **{name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")},
}
# Messages of different urgency leave at the same time, over connections of their own.
DELIVER_AT_ONCE = True
# How long a message may be between being handed to the provider and being noted as sent; later it is uncertain.
MESSAGE_LEASE_SECONDS = int(os.environ.get("MESSAGE_LEASE_SECONDS", "120"))
# Eleven letters or digits at most, registered with the provider.
SMS_SENDER = os.environ.get("SMS_SENDER", "GUICHET")
# Part of the address that receives receipts, /retours/sms/<secret>/; without it there is no such address.
SMS_RECEIPT_SECRET = os.environ.get("SMS_RECEIPT_SECRET", "")
OVH_ENDPOINT = os.environ.get("OVH_ENDPOINT", "https://eu.api.ovh.com/1.0").rstrip("/")
OVH_APPLICATION_KEY = os.environ.get("OVH_APPLICATION_KEY", "")
OVH_APPLICATION_SECRET = os.environ.get("OVH_APPLICATION_SECRET", "")
OVH_CONSUMER_KEY = os.environ.get("OVH_CONSUMER_KEY", "")
OVH_SMS_SERVICE = os.environ.get("OVH_SMS_SERVICE", "")
BREVO_SMS_ENDPOINT = os.environ.get("BREVO_SMS_ENDPOINT", "https://api.brevo.com/v3").rstrip("/")
BREVO_API_KEY = os.environ.get("BREVO_API_KEY", "")
# A gateway's address with {to}, {text}, {sender} and {reference} in it, for notifications.sms.PlainHttpBackend.
SMS_HTTP_URL = os.environ.get("SMS_HTTP_URL", "")
SMS_HTTP_METHOD = os.environ.get("SMS_HTTP_METHOD", "POST")
SMS_HTTP_AUTHORIZATION = os.environ.get("SMS_HTTP_AUTHORIZATION", "")
# --- end of messages ------------------------------------------------------------------------------------------------

# --- Payments: PayFiP, the public treasury's online payment ---------------------------------------------------------
# « Saisie »: T for tests, X for the activation with DGFiP, W for real money. Empty: nothing is paid online.
PAYFIP_SAISIE = os.environ.get("PAYFIP_SAISIE", "")
# The contract of the service; empty: the one that comes packaged, with the address of the real service in it.
PAYFIP_WSDL = os.environ.get("PAYFIP_WSDL", "")
PAYFIP_PAGE_URL = os.environ.get("PAYFIP_PAGE_URL", "https://www.payfip.gouv.fr/tpa/paiementws.web")
# Seconds for each answer, and how many questions a process asks at once.
PAYFIP_TIMEOUT = int(os.environ.get("PAYFIP_TIMEOUT", "8"))
PAYFIP_AT_ONCE = int(os.environ.get("PAYFIP_AT_ONCE", "1"))
# --- end of payments ------------------------------------------------------------------------------------------------
# FranceConnect v2, the families' second door: its issuer, and what it gave this service. Empty: not offered.
FRANCECONNECT_URL = os.environ.get("FRANCECONNECT_URL", "").rstrip("/")
FRANCECONNECT_CLIENT_ID = os.environ.get("FRANCECONNECT_CLIENT_ID", "")
FRANCECONNECT_CLIENT_SECRET = os.environ.get("FRANCECONNECT_CLIENT_SECRET", "")

TERRITORY_NAME = os.environ.get("TERRITORY_NAME", "Mulhouse Alsace Agglomération")
# Who answers for the site by law; config/demo/legal.toml shows every entry. Checked before real people come.
LEGAL_FILE = os.environ.get("LEGAL_FILE", "")
# Municipalities that have a host name of their own: rdv.rixheim.example=rixheim,…
MUNICIPALITY_HOSTS = dict(item.split("=", 1) for item in env_list("MUNICIPALITY_HOSTS"))
# Shows the demo's mailbox; only the development settings switch it on.
DEMO_MAILBOX: Path | None = None

# Booking: how long a chosen slot is kept, and how many one browser, or one shared address, may keep at once.
HOLD_MINUTES = int(os.environ.get("HOLD_MINUTES", "10"))
HOLDS_PER_BROWSER = int(os.environ.get("HOLDS_PER_BROWSER", "3"))
HOLDS_PER_ADDRESS = int(os.environ.get("HOLDS_PER_ADDRESS", "60"))
# How many reverse proxies of ours append to X-Forwarded-For; 0 believes nobody.
TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXY_COUNT", "0"))
# The sign-in counts by the same address; else one stranger's failures behind our proxy would lock every agent out.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Other limits than those of booking/residents/limits.py: name → (per browser, per address, seconds).
RATE_LIMITS: dict[str, tuple[int, int, int]] = {}

# --- Operations -----------------------------------------------------------------------------------------------------
VERSION = os.environ.get("RELEASE", "0.1.0")
# Whether the people in the database are real; the system checks of config/checks.py hold only then.
REAL_PEOPLE = False
# Asked as "Authorization: Bearer …" by /sante/etat and /metrics; empty: everybody may read them.
STATUS_TOKEN = os.environ.get("STATUS_TOKEN", "")
# Months after which identities are erased: after the appointment, after a cancellation.
RETENTION_MONTHS = int(os.environ.get("RETENTION_MONTHS", "3"))
RETENTION_MONTHS_CANCELLED = int(os.environ.get("RETENTION_MONTHS_CANCELLED", "1"))
# Months without a sign-in after which a family is erased, where no service still needs it.
HOUSEHOLD_MONTHS = int(os.environ.get("HOUSEHOLD_MONTHS", "12"))
# What people send stays in memory: no plain copy of a family's document ever lies on a disk.
FILE_UPLOAD_HANDLERS = ["config.uploads.BoundedUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024
# Nursery places. Days a draft waits untouched; months a request is kept after its end, and after a child's exit; days a
# lapsed one may come back; months between two confirmations, days after which each is asked again, and until it lapses;
# days after the due date on which a birth is asked for, and until the request lapses.
NURSERY_DRAFT_DAYS = int(os.environ.get("NURSERY_DRAFT_DAYS", "60"))
NURSERY_MONTHS = int(os.environ.get("NURSERY_MONTHS", "12"))
NURSERY_MONTHS_ADMITTED = int(os.environ.get("NURSERY_MONTHS_ADMITTED", "36"))
NURSERY_COME_BACK_DAYS = int(os.environ.get("NURSERY_COME_BACK_DAYS", "30"))
NURSERY_CONFIRM_MONTHS = int(os.environ.get("NURSERY_CONFIRM_MONTHS", "3"))
NURSERY_CONFIRM_AGAIN_DAYS = (10, 20)
NURSERY_CONFIRM_LAPSE_DAYS = int(os.environ.get("NURSERY_CONFIRM_LAPSE_DAYS", "30"))
NURSERY_BIRTH_ASKED_DAYS = (14, 28)
NURSERY_BIRTH_LAPSE_DAYS = int(os.environ.get("NURSERY_BIRTH_LAPSE_DAYS", "56"))
#: Families let in each second where many enrol from one minute on: see `manage.py opening --rehearse`.
OPENING_RATE = int(os.environ.get("OPENING_RATE", "20"))
#: Enrolments in pool activities are forgotten so long after their season.
ENROLMENT_MONTHS = int(os.environ.get("ENROLMENT_MONTHS", "12"))
# How long one can see who changed and who read what.
TRACE_MONTHS = int(os.environ.get("TRACE_MONTHS", "12"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.json_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        # Our own line says it with the view's name; these say it with the path.
        "django.server": {"handlers": [], "propagate": False},
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
LOGGING_CONFIG = "logging.config.dictConfig"
# --- end of operations ----------------------------------------------------------------------------------------------
