"""The text and the HTML of a mail about an appointment, from frames that many mails share.

What a mail says splits in four: its `Setting` (kind, language, place), its `Sender`, the lists of `Papers`, all shared
by many, and the few words of its own. The first three are rendered by the templates and kept; the last are filled in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.template.loader import get_template

from notifications.frames import Frame, marks

#: The words a mail has for itself; `people` are the filled lists of papers, the last three are its sender's.
OWN_WORDS = ("subject", "heading", "lead", "moment", "reference", "link", "booked", "people", "sender", "band", "foot")
PERSON_WORDS = ("name", "number_end")
#: Frames of each sort that are kept: kinds × languages × town halls are fewer. One takes about ten kilobytes.
KEPT = 256


@dataclass(frozen=True, slots=True)
class Office:
    """A municipality as a mail tells of it."""

    name: str
    address: str
    phone: str
    email: str
    website: str


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name we write. `band` is its colour, dark enough for white letters."""

    language: str
    office: Office
    band: str
    territory_name: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not depend on the person. Two mails of equal settings differ in their own words only.

    `service` is in charge of the request (SVE): the town hall that receives the person.
    """

    language: str
    is_cancelled: bool
    is_confirmation: bool
    has_invitation: bool
    has_people: bool
    has_fees: bool
    reason: str
    address: str
    access_text: str
    directions: str
    service: Office


@dataclass(frozen=True, slots=True)
class Papers:
    """What one person brings, in the language of the mail: (label, detail), and stamps as (label, cents)."""

    language: str
    documents: tuple[tuple[str, str], ...]
    fees: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """`number_end` are the last characters of the number: enough for its owner, too little to use it."""

    name: str
    number_end: str
    papers: Papers


def letter(setting: Setting, sender: Sender, words: Mapping[str, str], people: Sequence[Person]) -> tuple[str, str]:
    """Text and HTML. `words` are the OWN_WORDS up to `booked`. The language of the setting must be active."""
    text, html = _frame(setting)
    foot, html_foot = _foot(sender)
    in_text, in_html = [], []
    for person in people:
        section, html_section = _section(person.papers, has_number=bool(person.number_end))
        own = {"name": person.name, "number_end": person.number_end}
        in_text.append(section.filled(own))
        in_html.append(html_section.filled(_escaped(own)))
    all_words = {**words, "sender": sender.office.name, "band": sender.band}
    return (
        text.filled({**all_words, "people": "\n\n".join(in_text), "foot": foot}),
        html.filled({**_escaped(all_words), "people": "".join(in_html), "foot": html_foot}),
    )


def _escaped(words: Mapping[str, str]) -> dict[str, str]:
    return {name: escape(word) for name, word in words.items()}


@lru_cache(KEPT)
def _frame(setting: Setting) -> tuple[Frame, Frame]:
    context = {"setting": setting, "words": marks(OWN_WORDS)}
    text = tidy(get_template("mail/appointment.txt").render(context))
    return Frame.of(text), Frame.of(get_template("mail/appointment.html").render(context))


@lru_cache(KEPT)
def _foot(sender: Sender) -> tuple[str, str]:
    context = {"sender": sender}
    return get_template("mail/_foot.txt").render(context).strip(), get_template("mail/_foot.html").render(context)


@lru_cache(KEPT)
def _section(papers: Papers, *, has_number: bool) -> tuple[Frame, Frame]:
    words = marks(PERSON_WORDS)
    context = {"papers": papers, "person": words if has_number else {**words, "number_end": ""}}
    text = tidy(get_template("mail/_person.txt").render(context)).rstrip("\n")
    return Frame.of(text), Frame.of(get_template("mail/_person.html").render(context))


def tidy(rendered: str) -> str:
    """Without the blank lines that a template's tags leave."""
    # "-- " before the signature is how mail programmes know it.
    lines = [line if line == "-- " else line.rstrip() for line in rendered.strip().split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before) + "\n"
