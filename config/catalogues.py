"""Message catalogues without GNU gettext, which a bare machine lacks.

French is written in the code. For every other language each sentence of the code and the templates must have its
translation, with the same placeholders and the same tags. The French catalogue is made from the code: its plural forms,
and the no-break spaces of French print, which nobody types. `merge` brings the catalogues up to date and compiles them,
`faults` tells what keeps them from being complete; both are behind `python3 run.py messages`.

babel and polib are development tools: imported where used, so that production does without.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation.template import templatize
from jinja2.ext import babel_extract

#: Which argument is what, as xgettext has it: context `c`, then singular and plural.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PACKAGES = ("config", "municipalities", "notifications", "booking")
TEMPLATES = (".html", ".txt", ".svg", ".xml")
#: Folders of templates, by the backend that draws them.
DJANGO, JINJA = "templates", "jinja2"
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "de": "nplurals=2; plural=(n != 1);",
    "en": "nplurals=2; plural=(n != 1);",
}
#: `%(name)s`, `%s`, `{name}`; a doubled %% is a percent sign and no placeholder.
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|(?<!%)%[sd]|\{\w*\}")
TAG = re.compile(r"</?[a-z][\w-]*")
#: Where French print keeps two signs on one line: a mark and its word, a number and its unit, a telephone number.
KEPT_TOGETHER = re.compile(
    r" (?=[:;?!»%](?![(\w]))|(?<=«) |(?<=\bn°) "
    r"|(?:(?<=\d)|(?<=\d h)) (?=\d\d\b)"
    r"|(?:(?<=\d)|(?<=\)s)) (?=(?:h|km|min|Mo)\b)"
)

Key = tuple[str | None, str]


@dataclass
class Sentence:
    """One thing to translate. `plural` is empty where there is only one form."""

    context: str | None
    singular: str
    plural: str = ""
    places: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        return self.context, self.singular


def sentences(root: Path | None = None) -> dict[Key, Sentence]:
    """Everything that the code and the templates of our packages ask to translate."""
    root = root or settings.ROOT
    found: dict[Key, Sentence] = {}
    for path in _sources(root):
        place = path.relative_to(root).as_posix()
        for sentence in in_source(path.read_text(encoding="utf-8"), kind=_folder_of(path), name=place):
            known = found.setdefault(sentence.key, sentence)
            known.places.add(place)
            known.plural = known.plural or sentence.plural
    return found


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if "migrations" in path.parts or not path.is_file():
                continue
            if path.suffix == ".py" or (path.suffix in TEMPLATES and _folder_of(path)):
                yield path


def _folder_of(path: Path) -> str:
    """Which of the folders of templates a file lies in; empty for none."""
    return next((folder for folder in (DJANGO, JINJA) if folder in path.parts), "")


def in_source(text: str, *, kind: str = "", name: str = "") -> Iterator[Sentence]:
    """The sentences of one file: a template of that kind of folder, else Python.

    Templates go through the reading of their own backend, Django's with `trimmed` included.
    """
    from babel.messages.extract import extract

    if kind == DJANGO:
        # Blanked-out markup keeps its line breaks; without indentation it reads as Python.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=name).splitlines()) + "\n"
    reader: Any = babel_extract if kind == JINJA else "python"
    options = {"encoding": "utf-8", "silent": "false"}
    for _line, message, _comments, context in extract(reader, io.BytesIO(text.encode()), KEYWORDS, (), options):
        singular, plural = (message, "") if isinstance(message, str) else (message[0], message[1])
        if singular:
            yield Sentence(context, singular, plural)


def languages() -> list[str]:
    """Those that need translations; French only needs its plural forms, which the code holds."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def folder(language: str) -> Path:
    base: Path = settings.LOCALE_PATHS[0]
    return base / language / "LC_MESSAGES"


def merge() -> dict[str, int]:
    """Rewrite every catalogue from the code and compile it. How many sentences lack a translation, by language."""
    found = sentences()
    missing = {}
    for language in languages():
        catalogue = _catalogue(language, found, _known(language))
        _write(language, catalogue)
        missing[language] = len(catalogue.untranslated_entries())
    _write(settings.LANGUAGE_CODE, _french(found))
    return missing


def _known(language: str) -> dict[Key, Any]:
    import polib

    path = folder(language) / "django.po"
    if not path.exists():
        return {}
    return {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path)) if not entry.obsolete}


def _catalogue(language: str, found: dict[Key, Sentence], known: dict[Key, Any]) -> Any:
    import polib

    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Project-Id-Version": "guichet-commun",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    for key in sorted(found, key=lambda key: (key[1], key[0] or "")):
        sentence, old = found[key], known.get(key)
        entry = polib.POEntry(
            msgctxt=sentence.context,
            msgid=sentence.singular,
            occurrences=[(place, "") for place in sorted(sentence.places)],
            flags=["python-format"] if PLACEHOLDER.search(sentence.singular + sentence.plural) else [],
        )
        if old is not None and old.fuzzy:
            entry.flags.append("fuzzy")
        if sentence.plural:
            entry.msgid_plural = sentence.plural
            entry.msgstr_plural = dict(old.msgstr_plural) if old and old.msgstr_plural else {0: "", 1: ""}
        else:
            entry.msgstr = old.msgstr if old else ""
        catalogue.append(entry)
    return catalogue


def _french(found: dict[Key, Sentence]) -> Any:
    """French says « 0 problème »: its own rule needs a catalogue, made of what the code says, as print sets it.

    Single words too: « Close », of a request, would otherwise be looked up as Django's English word.
    """
    needed = {
        key: sentence
        for key, sentence in found.items()
        if sentence.plural or as_printed(key[1]) != key[1] or " " not in key[1]
    }
    catalogue = _catalogue(settings.LANGUAGE_CODE, needed, {})
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: as_printed(entry.msgid), 1: as_printed(entry.msgid_plural)}
        else:
            entry.msgstr = as_printed(entry.msgid)
    return catalogue


def as_printed(french: str) -> str:
    """« Plus tôt ? » with the no-break space that keeps the question mark on the line of its word."""
    return KEPT_TOGETHER.sub("\u00a0", french)


def _write(language: str, catalogue: Any) -> None:
    target = folder(language)
    target.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(target / "django.po"), newline="\n")
    (target / "django.mo").write_bytes(catalogue.to_binary())


def faults() -> list[str]:
    """What is wrong with the catalogues as they lie on disk; empty when they are complete and compiled."""
    found = sentences()
    known = _known(settings.LANGUAGE_CODE).values()
    told = []
    for language in languages():
        told += [f"{language}: {fault}" for fault in _faults(language, found)]
    if set(_said(_french(found))) != set(_said(known)) or not _is_compiled(settings.LANGUAGE_CODE):
        told.append(f"{settings.LANGUAGE_CODE}: not what is made from the code")
    return told


def _said(catalogue: Iterable[Any]) -> Iterator[tuple[str | None, str, str, tuple[str, ...]]]:
    for entry in catalogue:
        yield entry.msgctxt, entry.msgid, entry.msgstr, tuple(text for _n, text in sorted(entry.msgstr_plural.items()))


def _faults(language: str, found: dict[Key, Sentence]) -> Iterator[str]:
    known = _known(language)
    for key, sentence in sorted(found.items(), key=lambda item: item[0][1]):
        entry = known.get(key)
        if entry is None:
            yield f"not in the catalogue: {sentence.singular!r} ({min(sentence.places)})"
        elif entry.fuzzy:
            yield f"fuzzy: {sentence.singular!r}"
        elif not entry.translated():
            yield f"not translated: {sentence.singular!r} ({min(sentence.places)})"
        else:
            yield from differences(entry)
    for key in sorted(set(known) - set(found), key=lambda key: key[1]):
        yield f"no longer in the code: {key[1]!r}"
    if known and not _is_compiled(language):
        yield "django.mo is not what django.po says"


def _is_compiled(language: str) -> bool:
    import polib

    source, compiled = folder(language) / "django.po", folder(language) / "django.mo"
    if not source.exists():
        return False
    return compiled.exists() and compiled.read_bytes() == polib.pofile(str(source)).to_binary()


def differences(entry: Any) -> Iterator[str]:
    """Placeholders and tags that the translation lost or made up. A singular may leave the number out."""
    if entry.msgid_plural:
        pairs = [(entry.msgid_plural, text, number == 0) for number, text in sorted(entry.msgstr_plural.items())]
    else:
        pairs = [(entry.msgid, entry.msgstr, False)]
    for original, translation, may_lack in pairs:
        for what, pattern in (("placeholders", PLACEHOLDER), ("tags", TAG)):
            wanted, given = sorted(pattern.findall(original)), sorted(pattern.findall(translation))
            if given != wanted and not (may_lack and set(given) <= set(wanted)):
                yield f"{what} differ: {original!r} has {wanted}, {translation!r} has {given}"
