import io
import xml.etree.ElementTree as ET

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from municipalities.enums import CoatPattern
from municipalities.identity import (
    DARK_GROUNDS,
    DEFAULT_ACCENT,
    HEX,
    LIGHT_GROUNDS,
    LOGO_SIDE,
    MAX_LOGO_BYTES,
    LogoRefused,
    LogoTooLarge,
    accent_of,
    accessible_accent,
    coat_svg,
    coat_url,
    contrast,
    emblem_url,
    initials,
    redraw_logo,
)
from municipalities.models import Municipality

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def picture(size: tuple[int, int] = (600, 300), format: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#336699").save(out, format=format)
    return out.getvalue()


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(colours)
def test_any_colour_becomes_one_that_can_be_read(colour: str) -> None:
    light, dark = accessible_accent(colour), accessible_accent(colour, dark=True)
    assert HEX.match(light) and HEX.match(dark)
    assert all(contrast(light, ground) >= 4.5 for ground in LIGHT_GROUNDS)
    assert all(contrast(dark, ground) >= 4.5 for ground in DARK_GROUNDS)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert accessible_accent("#1f4e79") == "#1f4e79"
    assert accessible_accent("#8db8e2", dark=True) == "#8db8e2"


@pytest.mark.parametrize("colour", ["", "red", "#12345", "#1f4e79;}body{display:none", "#1f4e79\n"])
def test_what_is_no_colour_never_reaches_the_style_sheet(colour: str) -> None:
    assert accessible_accent(colour) == DEFAULT_ACCENT


def test_the_portal_has_an_accent_too() -> None:
    assert accent_of(None).light == DEFAULT_ACCENT


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Rixheim", "R"),
        ("Brunstatt-Didenheim", "BD"),
        ("Steinbrunn-le-Bas", "SB"),
        ("L’Isle-d’Abeau", "IA"),
        ("", "?"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("pattern", CoatPattern.values)
def test_every_pattern_draws_a_coat_that_says_it_is_ours(pattern: str) -> None:
    drawn = coat_svg(Municipality(name="<Rixheim> & Cie", slug="rixheim", coat_pattern=pattern))
    root = ET.fromstring(drawn)
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None and title.text == "<Rixheim> & Cie (dessin du projet)"
    assert "#e8b54a" in drawn


def test_a_broken_colour_is_not_written_into_the_drawing() -> None:
    assert '"/><script' not in coat_svg(Municipality(name="A", colour='"/><script', second_colour='"/><script'))


def test_the_address_of_a_coat_changes_with_the_drawing() -> None:
    before = Municipality(name="Rixheim", slug="rixheim", colour="#1f4e79")
    after = Municipality(name="Rixheim", slug="rixheim", colour="#8a1538")
    assert coat_url(before).startswith("/identite/rixheim/blason.svg?v=")
    assert coat_url(before) != coat_url(after)
    with override_settings(FORCE_SCRIPT_NAME="/guichet/"):
        assert coat_url(before).startswith("/guichet/identite/")


def test_a_logo_goes_before_the_coat() -> None:
    assert emblem_url(Municipality(slug="rixheim", logo=b"png")) == "/identite/rixheim/logo.png"
    assert "blason" in emblem_url(Municipality(name="Rixheim", slug="rixheim"))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_logo_is_drawn_anew_and_made_small(format: str) -> None:
    with Image.open(io.BytesIO(redraw_logo(picture(format=format)))) as logo:
        assert logo.format == "PNG"
        assert logo.size == (LOGO_SIDE, LOGO_SIDE // 2)


def test_nothing_but_the_pixels_survives() -> None:
    out = io.BytesIO()
    image = Image.new("RGB", (20, 20))
    image.save(out, format="JPEG", comment=b"<script>alert(1)</script>")
    assert b"script" not in redraw_logo(out.getvalue() + b"<script>")


def test_a_small_logo_is_not_enlarged() -> None:
    with Image.open(io.BytesIO(redraw_logo(picture((20, 30))))) as logo:
        assert logo.size == (20, 30)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:200],
        picture(format="BMP"),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(LogoRefused, match="image"):
        redraw_logo(data)


def test_too_heavy_is_refused() -> None:
    with pytest.raises(LogoTooLarge, match="trop lourde"):
        redraw_logo(b"\0" * (MAX_LOGO_BYTES + 1))


def test_a_picture_that_would_unpack_to_gigabytes_is_refused_unseen() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, format="PNG")
    with pytest.raises(LogoTooLarge):
        redraw_logo(out.getvalue())
