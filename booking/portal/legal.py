"""Who answers for this site: read once from a file of the installation, checked before real people come.

A file and not settings one by one, since a lawyer reads it: config/demo/legal.toml shows each entry with its meaning.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from municipalities.models import Municipality

#: Entries without which a page required by law would be wrong.
NEEDED = {
    "territory": ("publisher", "address", "phone", "email", "director", "siren"),
    "host": ("name", "address", "phone"),
    "data": ("protection_officer",),
    "accessibility": ("email",),
    "security": ("contact",),
}
NEEDED_OF_AUDIT = ("by", "on", "rate", "report")


@dataclass(frozen=True)
class Audit:
    """An audit by somebody else: `rate` is the percentage of criteria met, `failing` what does not meet them."""

    by: str
    on: date
    rate: float
    report: str
    failing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Body:
    """A body that answers for something, and how to reach it."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    director: str = ""
    siren: str = ""
    protection_officer: str = ""


@dataclass(frozen=True)
class Legal:
    territory: Body
    host: Body
    accessibility_email: str = ""
    security_contact: str = ""
    plan: str = ""
    audit: Audit | None = None
    disproportionate: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    processors: tuple[str, ...] = ()
    towns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def conformity(self) -> str:
        """`none` until an audit says better: nobody may call a site conforming that nobody has looked at."""
        if self.audit is None or self.audit.rate < 50:
            return "none"
        return "full" if self.audit.rate >= 100 else "partial"

    def body_of(self, municipality: Municipality | None) -> Body:
        """Who answers for the data of this page: the town under its own name, else the territory."""
        if municipality is None:
            return self.territory
        own = self.towns.get(municipality.slug, {})
        return Body(
            name=own.get("publisher") or municipality.name,
            address=own.get("address") or municipality.address,
            phone=own.get("phone") or municipality.phone,
            email=own.get("email") or municipality.email,
            director=own.get("director", ""),
            siren=municipality.siren,
            protection_officer=own.get("protection_officer") or self.territory.protection_officer,
        )


def legal() -> Legal:
    return _read(settings.LEGAL_FILE)


def faults() -> list[str]:
    """What is missing in the file, or why it cannot be read, in English like every check."""
    if not settings.LEGAL_FILE:
        return ["LEGAL_FILE is not set"]
    try:
        tables = tomllib.loads(Path(settings.LEGAL_FILE).read_text())
    except (OSError, ValueError) as error:
        return [f"{settings.LEGAL_FILE} cannot be read: {error}"]
    missing = [
        f"[{table}] {key}" for table, keys in NEEDED.items() for key in keys if not tables.get(table, {}).get(key)
    ]
    audit = tables.get("accessibility", {}).get("audit")
    if audit is not None:
        missing += [f"[accessibility.audit] {key}" for key in NEEDED_OF_AUDIT if audit.get(key) in (None, "")]
    return [f"{entry} is missing" for entry in missing]


@cache
def _read(path: str) -> Legal:
    """The file as values; what is missing is empty, and for `faults` to say."""
    tables: dict[str, Any] = tomllib.loads(Path(path).read_text()) if path else {}
    territory, host = tables.get("territory", {}), tables.get("host", {})
    data, access = tables.get("data", {}), tables.get("accessibility", {})
    audit = access.get("audit")
    return Legal(
        territory=Body(
            name=territory.get("publisher") or settings.TERRITORY_NAME,
            protection_officer=data.get("protection_officer", ""),
            **{key: territory.get(key, "") for key in ("address", "phone", "email", "director", "siren")},
        ),
        host=Body(**{key: host.get(key, "") for key in ("name", "address", "phone")}),
        accessibility_email=access.get("email", ""),
        security_contact=tables.get("security", {}).get("contact", ""),
        plan=access.get("plan", ""),
        audit=Audit(audit["by"], audit["on"], float(audit["rate"]), audit["report"], tuple(audit.get("failing", ())))
        if audit
        else None,
        disproportionate=tuple(access.get("disproportionate", ())),
        exempt=tuple(access.get("exempt", ())),
        processors=tuple(data.get("processors", ())),
        towns=tables.get("towns", {}),
    )
