"""One word per thing: what the catalogue holds for residents is kept free of the other words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from config.catalogues import as_printed

CATALOGUES = Path(str(settings.LOCALE_PATHS[0]))
#: Whose sentences these are.
FOR_RESIDENTS = re.compile(
    r"/resident/|templates/resident|booking/portal/|booking/residents/(?!models/)|templates/mail/(appointment|waiting)"
    r"|appointments/messages/(texts|entry)|waiting_list/messages|search/answers|feeds/templates/feeds/resident"
)
#: For agents as well, or about something else of that name.
NOT_MEANT = re.compile(r"rendez-vous|France Titres|Motif : %\(reason\)s|s’engage à rendre")
#: (the word, what to say instead)
BANNED = {
    "fr": [
        (r"\bcréneaux?\b", "horaire"),
        (r"\btitres?\b", "carte d’identité ou passeport"),
        (r"\béquipées?\b", "mairie qui fait les cartes et passeports"),
        (r"(?i)\bmotifs?\b", "démarche"),
        (r"\brend(re|u|ue|us|ues|ez|ent)\b", "libérer"),
        (r"\bnotée\b", "enregistrée"),
        (r"\brang\b", "place"),
        (r"\bguichet commun\b.*\bce guichet\b|\bsur ce guichet\b|\bque ce guichet\b", "ce site"),
        (r"\badresse électronique\b|\be-mail\b", "courriel"),
        (r"\bRegardez vos\b", "consultez"),
        (r"\bEmpêché\b", "un empêchement"),
    ],
    "de": [
        (r"\bGemeinsame[rn]? Schalter\b|\bdieser Schalter\b", "gemeinsames Bürgerbüro, dieser Dienst"),
        (r"^(belegt|vorbei)$", "ausgebucht, vergangen"),
        (r"\(freiwillig\)", "(optional)"),
        (r"stets aktuell", "aktualisiert sich"),
        (r"niemanden bezeichnen", "anonyme Zahlen"),
        (r"vorgemerkt", "gespeichert"),
    ],
    "en": [
        (r"\bShared counter\b", "One Counter"),
        (r"\bequipped\b", "that take applications"),
        (r"(?i)\bfiscal stamp\b", "tax stamp"),
        (r"kept up to date", "updates itself"),
        (r"does not fit", "is not valid"),
        (r"\bin one go\b", "no account needed"),
        (r"request is noted", "saved"),
    ],
}


#: For everybody who reads a page, agents too.
BANNED_EVERYWHERE = {
    "fr": [
        (r"(?i)\bgestes?\b", "action"),
        (r"(?i)\bhors plage", "hors des heures d’ouverture"),
        (r"\bDire autrement\b", "modifier le texte"),
        (r"\bRégler (guichets|les quotas|l’ouverture)", "paramétrer"),
        (r"\bagenda\b.*\bne se (lit|lisent) pas\b", "est illisible"),
        (r"\bDemande JavaScript\b", "nécessite JavaScript"),
        (r"(?i)où je suis connecté", "mes connexions"),
        (r"(?i)\badresse électronique\b|\be-mail\b", "courriel"),
        (r"(?i)\bs’arrête de soi", "l’accès prend fin tout seul"),
        (r"(?i)\btemps libre perdu", "disponibilités perdues"),
        (r"\bCe guichet (est|n’est) (non|pas|partiellement|totalement) ?conforme|rendre ce guichet", "ce site"),
    ],
    "de": [
        (r"(?i)\bgemeinsamen? Schalter\b(?!.*Gruppe)", "Gemeinsames Bürgerbüro"),
        (r"\bDieser Schalter ist (nicht|teilweise|vollständig) konform\b", "dieser Dienst"),
        (r"stets aktuell", "aktualisiert sich"),
        (r"\bIn die Warteliste eintragen\b", "auf die Warteliste setzen"),
        (r"\bWohnsitznachweis\b", "Nachweis der Adresse"),
        (r"\bGrund des Notfalls\b|\bSituation\b", "Grund der Dringlichkeit, Anlass"),
        (r"\bfreiwillig\b", "optional"),
    ],
    "en": [
        (r"kept up to date", "updates itself"),
        (r"(?i)\bfiscal stamp\b", "tax stamp"),
        (r"(?i)\blook for an appointment\b", "find"),
    ],
}


def everything(language: str) -> Iterator[str]:
    entries = polib.pofile(str(CATALOGUES / ("de" if language == "fr" else language) / "LC_MESSAGES" / "django.po"))
    for entry in entries:
        if entry.obsolete:
            continue
        if all("/models/" in place for place, _line in entry.occurrences):
            continue
        said = (entry.msgid, entry.msgid_plural) if language == "fr" else (entry.msgstr, *entry.msgstr_plural.values())
        yield from (text for text in said if text)


def sentences(language: str) -> Iterator[str]:
    """What residents read in this language; French stands in the code, so in the keys of any catalogue."""
    entries = polib.pofile(str(CATALOGUES / ("de" if language == "fr" else language) / "LC_MESSAGES" / "django.po"))
    for entry in entries:
        if entry.obsolete or not any(FOR_RESIDENTS.search(place) for place, _line in entry.occurrences):
            continue
        if language == "fr":
            yield from (text for text in (entry.msgid, entry.msgid_plural) if text)
        else:
            yield from (text for text in (entry.msgstr, *entry.msgstr_plural.values()) if text)


@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_residents_read_one_word_per_thing(language: str) -> None:
    read = list(sentences(language))
    assert len(read) > 300
    found = [
        (text, instead)
        for text in read
        for word, instead in BANNED[language]
        if re.search(word, NOT_MEANT.sub("", text.replace("\u00a0", " ")))
    ]
    assert found == []


@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_agents_read_the_same_words(language: str) -> None:
    read = list(everything(language))
    assert len(read) > 2000
    found = [(text, instead) for text in read for word, instead in BANNED_EVERYWHERE[language] if re.search(word, text)]
    assert found == []


#: (language, a word for papers and kinds of appointment, what to say instead)
BANNED_OF_THE_DEMO = [
    ("fr", r"\btitres?\b|\béquipées?\b", "carte d’identité ou passeport"),
    ("de", r"Wohnsitznachweis|Einladung \(|Meldung mit 16|ausgestattet", "as in the list of words"),
    ("en", r"(?i)fiscal stamp|certificate of invitation|^registration at 16|equipped", "as in the list of words"),
]


@pytest.mark.parametrize(("language", "word", "instead"), BANNED_OF_THE_DEMO, ids=["fr", "de", "en"])
def test_papers_and_kinds_are_named_so_too(language: str, word: str, instead: str) -> None:
    read: list[str] = []
    for name in ("documents", "calendar", "fees", "places"):
        tree = ast.parse(Path(settings.ROOT, "config", "demo", f"{name}.py").read_text())
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "text" and len(call.args) == 3:
                read.append(ast.unparse(call.args[["fr", "de", "en"].index(language)]))
    assert len(read) > 60
    assert [said for said in read if re.search(word, said.strip("'\""))] == []


#: A number, and the word after it in the plural.
COUNTED = re.compile(
    r"%\(\w+\)[sd] (?!(?:dans|pas|plus|sous|sans|vers|très|puis|dès|mois|vous|après)\b)[a-zéèêôû’]+s\b"
)
#: Of what never counts one: a number that is fixed, or said only when it is more.
NEVER_ONE = re.compile(
    r" et %\(n\)d autres|ou %\(number\)d autres choix|valeurs au lieu d’au moins|d’au moins|personnes pour %\(most\)s"
    r"|personnes prévues$|^%\(most\)s personnes au plus|^%\(n\)s personnes$|^%\(number\)s personnes$|réunit %\(most\)s"
    r"|ans$|^jusqu’à %\(days\)d|^plus de %\(days\)d|Jamais au-delà|jours avant, à %\(hour\)s|Pendant %\(days\)s jours"
    r"|Sans changement pendant|%\(days_before\)s jours|personnes ou plus qui attendent|%\(minutes\)[sd] minutes"
    r"|%\(wanted\)s jours et n’en cochez|plus de places réservées|compte %\(places\)d places"
    r"|%\(most\)s permises|%\(there\)d enfants présents"
    r"|%\(there\)d présents|%\(pool\)s$|%\(left\)s vous|assure un remplacement|vous confie"
)


def test_one_of_a_thing_is_said_in_the_singular() -> None:
    entries = polib.pofile(str(CATALOGUES / "de" / "LC_MESSAGES" / "django.po"))
    told = [
        entry.msgid
        for entry in entries
        if not entry.obsolete and not entry.msgid_plural and COUNTED.search(entry.msgid)
        if not any("/management/" in place for place, _line in entry.occurrences)
    ]
    assert [text for text in told if not NEVER_ONE.search(text)] == []


def test_french_reads_what_the_code_says() -> None:
    """A French word that is an English one of Django's as well (« Close », « Note ») keeps its own meaning."""
    with translation.override("fr"):
        for entry in polib.pofile(str(CATALOGUES / "de" / "LC_MESSAGES" / "django.po")):
            if not entry.obsolete and not entry.msgid_plural:
                read = translation.pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else gettext(entry.msgid)
                assert read == as_printed(entry.msgid)
