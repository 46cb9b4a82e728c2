"""One word per thing: what the catalogue holds for residents is kept free of the other words."""

import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings

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
