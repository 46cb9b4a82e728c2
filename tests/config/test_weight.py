"""A citizen page, its style and its fonts come to 60 KB compressed at most, and nothing comes from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from municipalities.identity import contrast
from municipalities.models import Municipality

STATIC = settings.ROOT / "config" / "static"
BUDGET = 60 * 1024


def compressed(data: bytes) -> int:
    return len(gzip.compress(data, 9, mtime=0))


def style() -> str:
    return (STATIC / "css" / "guichet.css").read_text()


def weight_of(client: Client, path: str) -> int:
    """The page, every style sheet it asks for and both fonts; a woff2 file is compressed already."""
    page = client.get(path).content
    sheets = re.findall(rb'<link rel="stylesheet" href="/static/([^"]+)"', page)
    assert b"css/guichet.css" in sheets
    styles = sum(compressed(Path(finders.find(sheet.decode()) or "").read_bytes()) for sheet in sheets)
    return compressed(page) + styles + sum(font.stat().st_size for font in (STATIC / "fonts").glob("*.woff2"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/communes/", "/communes/rixheim/", "/aide/", "/rendez-vous/", "/compte/login/"])
def test_a_page_with_style_and_fonts_is_light(path: str, rixheim: Municipality, client: Client) -> None:
    weight = weight_of(client, path)
    assert weight <= BUDGET, f"{path}: {weight} bytes"


@pytest.mark.django_db
def test_the_whole_territory_on_the_home_page_is_light(client: Client) -> None:
    Municipality.objects.bulk_create(
        Municipality(
            insee_code=f"{68001 + n:05d}",
            slug=f"commune-{n}",
            name=f"Commune de {n}",
            postal_codes=["68100"],
            population=n * 700,
            latitude=47.7 + n % 7 / 30,
            longitude=7.2 + n % 11 / 30,
        )
        for n in range(39)
    )
    for path in ("/", "/communes/"):
        assert weight_of(client, path) <= BUDGET


def test_the_style_asks_for_its_own_two_fonts_only() -> None:
    found = {match.strip("\"'") for match in re.findall(r"url\(([^)]+)\)", style())}
    assert found == {f"../fonts/{font.name}" for font in (STATIC / "fonts").glob("*.woff2")}
    assert "@import" not in style()


def test_the_style_carries_nothing_of_the_british_government() -> None:
    assert not re.search(r"crown|crest|GDS Transport|govuk-header|govuk-footer|#ffdd00|#fd0\b", style())


def test_licences_of_what_we_carry_are_beside_it() -> None:
    texts = [path.read_text() for path in Path(STATIC / "licences").glob("*.txt")]
    assert any("SIL OPEN FONT LICENSE" in text for text in texts)
    assert any("Crown Copyright" in text and "MIT" in text for text in texts)


def colours(scheme: str) -> dict[str, str]:
    """The custom properties of the style sheet, as they hold in light or in dark."""
    plain = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style())
    blocks = re.findall(r":root\{([^}]*)\}", plain)
    if scheme == "dark":
        dark = re.search(r"@media\s*\(prefers-color-scheme:\s*dark\)\{:root\{([^}]*)\}", style())
        assert dark
        blocks.append(dark[1])
    pairs = [pair.partition(":") for block in blocks for pair in block.split(";")]
    found = {name.strip(): value.strip() for name, _colon, value in pairs if value}
    return {
        name: "#" + "".join(letter * 2 for letter in value[1:]) if len(value) == 4 else value
        for name, value in found.items()
        if re.fullmatch(r"#[0-9a-f]{3}|#[0-9a-f]{6}", value)
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_axe_does_not_see_has_contrast_too(scheme: str) -> None:
    """WCAG 2.2, 1.4.11: bounds of fields and the sign of focus at least 3:1 against what is around them."""
    known = colours(scheme)
    for ground in ("--govuk-body-background-colour", "--gc-card", "--gc-surface"):
        for bound in ("--govuk-input-border-colour", "--govuk-focus-colour", "--govuk-error-colour"):
            assert contrast(known[bound], known[ground]) >= 3, (bound, ground)
        for text in ("--govuk-text-colour", "--govuk-secondary-text-colour", "--govuk-error-colour"):
            assert contrast(known[text], known[ground]) >= 4.5, (text, ground)
    for state in ("good", "warn", "bad", "info"):
        assert contrast(known[f"--gc-{state}"], known[f"--gc-{state}-ground"]) >= 4.5, state
        assert contrast(known["--govuk-text-colour"], known[f"--gc-{state}-ground"]) >= 4.5, state
