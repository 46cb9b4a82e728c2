"""How a municipality shows itself: an accent that can be read, a drawn coat, its own logo."""

import hashlib
import io
import re
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from municipalities.exceptions import Refusal
from municipalities.jinja import draw
from municipalities.languages import Translated
from municipalities.models import Municipality, MunicipalityDraft
from municipalities.query_names import Param

#: The grounds an accent is read on; they are those of config/look. WCAG 2.2, 1.4.3 asks for 4.5:1.
LIGHT_GROUNDS = ("#ffffff", "#f2efe8")
DARK_GROUNDS = ("#171614", "#282622")
ENOUGH_CONTRAST = 4.5
#: The two halves of the drawn coat must be told apart (WCAG 2.2, 1.4.11, for pictures that say something).
ENOUGH_BETWEEN_COLOURS = 3.0
DEFAULT_ACCENT, DEFAULT_SECOND = "#1f4e79", "#e8b54a"

MAX_LOGO_BYTES = 2 * 1024 * 1024
MAX_LOGO_PIXELS = 16_000_000
LOGO_SIDE = 256
LOGO_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

HEX = re.compile(r"#[0-9a-f]{6}\Z")
SMALL_WORDS = {"le", "la", "les", "l", "de", "du", "des", "d", "sur", "sous", "en", "aux", "et"}


class LogoRefused(Refusal):
    code = "logo_refused"
    sentence = _("Ce fichier n’est pas une image que nous savons lire. Choisissez un fichier PNG, JPEG, WebP ou GIF.")


class LogoTooLarge(LogoRefused):
    code = "logo_too_large"
    sentence = _("Cette image est trop lourde. Choisissez un fichier de 2 Mo au plus.")


@dataclass(frozen=True)
class Accent:
    """`light` is read on light grounds, `dark` on dark ones. Both are `#rrggbb`, safe to write into a style sheet."""

    light: str
    dark: str


@dataclass(frozen=True)
class Emblem:
    """What a form says of the logo: nothing, a new one (PNG drawn anew), or none any more."""

    is_changed: bool = False
    logo: bytes | None = None


def with_draft(municipality: Municipality, draft: MunicipalityDraft) -> Municipality:
    """The same object with the draft's texts and colours on it, unsaved. The logo is not touched."""
    columns = {column.name: column for column in Municipality._meta.concrete_fields}
    for name, value in draft.values.items():
        if name in columns:
            setattr(municipality, name, Translated(value) if isinstance(value, dict) else value)
    return municipality


def contrast(one: str, other: str) -> float:
    """Contrast of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def accessible_accent(colour: str, *, dark: bool = False) -> str:
    """The same colour, darkened (or, for dark grounds, lightened) just until text in it can be read.

    Anything that is no `#rrggbb` colour becomes the default accent: the result goes into a style sheet.
    """
    colour = colour.lower()
    if not HEX.match(colour):
        colour = DEFAULT_ACCENT
    grounds, towards = (DARK_GROUNDS, "#ffffff") if dark else (LIGHT_GROUNDS, "#000000")
    for step in range(51):
        candidate = _mix(colour, towards, step / 50)
        if all(contrast(candidate, ground) >= ENOUGH_CONTRAST for ground in grounds):
            return candidate
    return towards


def accent_of(municipality: Municipality | None) -> Accent:
    colour = municipality.colour if municipality else DEFAULT_ACCENT
    return Accent(light=accessible_accent(colour), dark=accessible_accent(colour, dark=True))


def initials(name: str) -> str:
    """One or two letters: « Brunstatt-Didenheim » → BD, « Rixheim » → R."""
    words = [word for word in re.split(r"[\s’'-]+", name) if word and word.lower() not in SMALL_WORDS]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def coat_svg(municipality: Municipality) -> str:
    """A shield in the two colours of the municipality. Our own drawing, which its title says."""
    return draw(
        "municipalities/coat.svg",
        name=municipality.name,
        letters=initials(municipality.name),
        first=municipality.colour if HEX.match(municipality.colour) else DEFAULT_ACCENT,
        second=municipality.second_colour if HEX.match(municipality.second_colour) else DEFAULT_SECOND,
        pattern=municipality.coat_pattern,
    )


def coat_version(municipality: Municipality) -> str:
    """Changes when the drawing changes, so that browsers may keep it for a year."""
    return hashlib.sha256(coat_svg(municipality).encode()).hexdigest()[:10]


def coat_url(municipality: Municipality) -> str:
    return f"{_root()}identite/{municipality.slug}/blason.svg?{Param.PICTURE_VERSION}={coat_version(municipality)}"


def emblem_url(municipality: Municipality) -> str:
    """The municipality's own logo where it has given one, else its drawn coat.

    Rows read with `Municipality.logo` deferred say in an annotation `has_logo` whether there is one.
    """
    preview = getattr(municipality, "preview_emblem", "")
    if preview:
        return str(preview)
    has_logo = municipality.has_logo if hasattr(municipality, "has_logo") else bool(municipality.logo)
    return f"{_root()}identite/{municipality.slug}/logo.png" if has_logo else coat_url(municipality)


def redraw_logo(data: bytes) -> bytes:
    """A PNG of at most 256 pixels a side, drawn anew, so that nothing of the uploaded file itself is ever served.

    Raises LogoTooLarge above 2 MB, LogoRefused for anything that is not a picture.
    """
    if len(data) > MAX_LOGO_BYTES:
        raise LogoTooLarge
    try:
        with Image.open(io.BytesIO(data), formats=LOGO_FORMATS) as picture:
            # Asked before a single pixel is unpacked: a few bytes may announce a picture of gigabytes.
            if picture.width * picture.height > MAX_LOGO_PIXELS:
                raise LogoTooLarge
            picture.draft("RGB", (LOGO_SIDE * 2, LOGO_SIDE * 2))
            drawn = picture.convert("RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ) as problem:
        raise LogoRefused from problem
    drawn.thumbnail((LOGO_SIDE, LOGO_SIDE), Image.Resampling.LANCZOS)
    fresh = Image.new("RGBA", drawn.size)
    fresh.paste(drawn)
    out = io.BytesIO()
    fresh.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _root() -> str:
    """Pictures have one address, whatever municipality's page shows them, so that they are kept once."""
    return f"{(settings.FORCE_SCRIPT_NAME or '').rstrip('/')}/"


def _mix(colour: str, other: str, share: float) -> str:
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
