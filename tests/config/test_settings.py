"""Settings come from the environment, and the README names every variable."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

READ = re.compile(r"""(?:environ\.get\(|environ\[|env_list\()\s*["']([A-Z_]+)["']""")
#: Belongs to the machine or the demonstration, not to an installation.
NOT_TOLD = {"DEBUG"}


def test_every_variable_is_in_the_readme():
    asked = set()
    for module in (settings.ROOT / "config" / "settings").glob("*.py"):
        asked |= set(READ.findall(module.read_text()))
    readme = (settings.ROOT / "README.md").read_text()
    assert {name for name in asked - NOT_TOLD if not re.search(rf"`{name}[`=]", readme)} == set()


def in_production(
    what: str = "import config.wsgi, gc; print(gc.get_freeze_count())", **given: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL", "CACHE_URL") if name in os.environ}
    env = kept | {"DJANGO_SETTINGS_MODULE": "config.settings.production", "PYTHONPATH": str(settings.ROOT)} | given
    return subprocess.run(
        [sys.executable, "-c", what],
        cwd=settings.ROOT,
        env=env,
        capture_output=True,
        text=True,
    )


SOUND = {
    "SECRET_KEY": "k" * 50,
    "SECRETS_KEYS": "a" * 43 + "=",
    "PUBLIC_URL": "https://rendez-vous.ville.fr",
    "ALLOWED_HOSTS": "rendez-vous.ville.fr",
    "DEFAULT_FROM_EMAIL": "rendez-vous@ville.fr",
    "CALENDAR_DOMAIN": "ville.fr",
    "LEGAL_FILE": str(settings.ROOT / "tests" / "config" / "legal.toml"),
}


@pytest.mark.slow
def test_production_starts_with_what_the_readme_asks():
    done = in_production(**SOUND)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 100_000, "what is loaded for life is put aside from the collector"


@pytest.mark.slow
def test_production_does_not_start_half_configured_and_says_what_to_do():
    done = in_production(**SOUND | {"PUBLIC_URL": "http://x", "CALENDAR_DOMAIN": ""})
    assert done.returncode != 0
    assert "guichet.E010" in done.stderr
    assert "Set PUBLIC_URL" in done.stderr
    assert "SECRET_KEY" in in_production(**SOUND | {"SECRET_KEY": ""}).stderr


@pytest.mark.slow
def test_production_promises_https_for_this_host_and_for_others_only_where_it_is_told():
    said = (
        "from django.conf import settings as s;"
        "print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)"
    )
    assert in_production(said, **SOUND).stdout.split() == ["31536000", "False", "False"]
    ours = in_production(said, **SOUND | {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "1"})
    assert ours.stdout.split() == ["31536000", "True", "True"]
