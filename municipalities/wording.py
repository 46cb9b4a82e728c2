"""Days, hours, periods and distances as one says them, in French, German and English.

Pure functions: nothing is read but the arguments, except the active language where `language` is left out. Instants
are told in our time zone; a naive one is taken to be in that time already. No-break spaces keep
« 8 h 40 » together.
"""

import unicodedata
from datetime import UTC, date, datetime, time, timedelta

import phonenumbers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from municipalities.zone import ZONE

NBSP = "\u00a0"

WEEKDAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
AT = {"fr": " à ", "de": " um ", "en": " at "}
TODAY = {"fr": "aujourd’hui", "de": "heute", "en": "today"}
TOMORROW = {"fr": "demain", "de": "morgen", "en": "tomorrow"}
SUMMER = {"fr": "heure d’été", "de": "Sommerzeit", "en": "summer time"}
OF = {"de": "von", "en": "of"}
WINTER = {"fr": "heure d’hiver", "de": "Winterzeit", "en": "winter time"}


def say_weekday(day: date | int, language: str | None = None) -> str:
    """« mardi ». A number counts from Monday = 0."""
    return WEEKDAYS[_known(language)][day if isinstance(day, int) else day.weekday()]


def say_month(day: date, language: str | None = None) -> str:
    """« novembre 2026 »"""
    return f"{MONTHS[_known(language)][day.month - 1]} {day.year}"


def say_day(value: date | datetime, language: str | None = None, *, today: date | None = None) -> str:
    """« mardi 24 novembre », with its year when that is not the year of `today`."""
    language = _known(language)
    day = _local(value).date() if isinstance(value, datetime) else value
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    year = "" if day.year == (today or _today()).year else f" {day.year}"
    if language == "de":
        return f"{weekday}, {day.day}.{NBSP}{month}{year}"
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{weekday} {number}{NBSP}{month}{year}"


def say_time(value: time | datetime, language: str | None = None) -> str:
    """« 8 h 40 », "8.40 Uhr", "8:40 am". In the October hour that comes twice, says which of the two."""
    language = _known(language)
    local = _local(value) if isinstance(value, datetime) else value
    hour, minute = local.hour, local.minute
    if language == "fr":
        said = f"{hour}{NBSP}h" + (f"{NBSP}{minute:02}" if minute else "")
    elif language == "de":
        said = f"{hour}" + (f".{minute:02}" if minute else "") + f"{NBSP}Uhr"
    elif minute == 0 and hour in (0, 12):
        said = f"12{NBSP}noon" if hour else f"12{NBSP}midnight"
    else:
        said = f"{hour % 12 or 12}" + (f":{minute:02}" if minute else "") + NBSP + ("pm" if hour >= 12 else "am")
    if isinstance(local, datetime) and (season := _which_of_the_two(local)):
        said += f" ({season[language]})"
    return said


def say_moment(value: datetime, language: str | None = None, *, today: date | None = None) -> str:
    """« mardi 24 novembre à 8 h 40 »"""
    language = _known(language)
    return say_day(value, language, today=today) + AT[language] + say_time(value, language)


def say_soon(value: datetime, language: str | None = None, *, today: date | None = None) -> str:
    """« aujourd’hui à 8 h 40 », « demain à 8 h 40 », else as `say_moment`."""
    language, today = _known(language), today or _today()
    near = {today: TODAY, today + timedelta(days=1): TOMORROW}.get(_local(value).date())
    day = near[language] if near else say_day(value, language, today=today)
    return day + AT[language] + say_time(value, language)


def say_period(starts: datetime, ends: datetime, language: str | None = None, *, today: date | None = None) -> str:
    """A period `[starts, ends)`: hours of one day, whole days, or from one moment to another."""
    language = _known(language)
    first, end = _local(starts), _local(ends)
    if first.time() == end.time() == time() and first < end:
        last = end.date() - timedelta(days=1)
        from_day, until_day = say_day(first.date(), language, today=today), say_day(last, language, today=today)
        if first.date() == last:
            return from_day
        return {
            "fr": f"du {from_day} au {until_day}",
            "de": f"von {from_day} bis {until_day}",
            "en": f"{from_day} to {until_day}",
        }[language]
    day = say_day(first, language, today=today)
    if first.date() == end.date():
        from_time, until_time = say_time(first, language), say_time(end, language)
        return {
            "fr": f"{day}, de {from_time} à {until_time}",
            "de": f"{day}, von {from_time} bis {until_time}",
            "en": f"{day}, {from_time} to {until_time}",
        }[language]
    from_moment, until_moment = say_moment(first, language, today=today), say_moment(end, language, today=today)
    return {
        "fr": f"du {from_moment} au {until_moment}",
        "de": f"von {from_moment} bis {until_moment}",
        "en": f"{from_moment} to {until_moment}",
    }[language]


def say_duration(minutes: float, language: str | None = None) -> str:
    """« 45 min », « 2 heures », « 2 h 20 », "2 hr 20 min", „2 Std. 20 Min.“: to the nearest minute."""
    hours, rest = divmod(round(minutes), 60)
    known = _known(language)
    if not hours:
        return f"{rest}{NBSP}{'Min.' if known == 'de' else 'min'}"
    if not rest:
        one, many = {"fr": ("heure", "heures"), "de": ("Stunde", "Stunden"), "en": ("hour", "hours")}[known]
        return f"{hours}{NBSP}{one if hours == 1 else many}"
    if known == "fr":
        return f"{hours}{NBSP}h{NBSP}{rest:02}"
    hour, minute = ("Std.", "Min.") if known == "de" else ("hr", "min")
    return f"{hours}{NBSP}{hour} {rest}{NBSP}{minute}"


def say_distance(km: float | None, language: str | None = None) -> str:
    """Kilometres as the crow flies: « 400 m », « 4,2 km », « 12 km ». Nothing when unknown."""
    if km is None:
        return ""
    if km < 0.95:
        return f"{max(1, round(km * 10)) * 100}{NBSP}m"
    said = f"{km:.1f}" if km < 9.95 else f"{km:.0f}"
    if _known(language) != "en":
        said = said.replace(".", ",")
    return f"{said}{NBSP}km"


def how_far(km: float | None) -> str:
    """« 4,2 km », or in words when it is the person's own municipality; nothing when unknown."""
    return say_distance(km) if km != 0 else _("dans votre commune")


def of_town(name: str, language: str | None = None) -> str:
    """« de Rixheim », « d’Illzach », « du Havre », « de La Rochelle », « des Ulis »; "von Rixheim", "of Rixheim".

    An h is sounded, as in « de Habsheim », « de Hombourg »: Alsatian names have it from German.
    """
    language = _known(language)
    if language != "fr":
        return f"{OF[language]} {name}"
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    # É, Œ and the like lose their marks and keep their letter.
    first = unicodedata.normalize("NFKD", name[:1].replace("Œ", "O").replace("Æ", "A"))[:1]
    return f"d’{name}" if first in "AEIOUY" and first else f"de {name}"


def say_phone(number: str) -> str:
    """A number as one reads it aloud: « 03 89 00 00 00 », "+49 7621 4150". What is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    is_french = parsed.country_code == 33
    style = phonenumbers.PhoneNumberFormat.NATIONAL if is_french else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style).replace(" ", NBSP)


def _known(language: str | None) -> str:
    code = (language or get_language() or "fr")[:2]
    return code if code in WEEKDAYS else "fr"


def _local(value: datetime) -> datetime:
    return value.replace(tzinfo=ZONE) if value.tzinfo is None else value.astimezone(ZONE)


def _today() -> date:
    return datetime.now(UTC).astimezone(ZONE).date()


def _which_of_the_two(local: datetime) -> dict[str, str] | None:
    """Summer or winter when this wall-clock time comes twice (last Sunday of October), else nothing."""
    if local.month != 10:
        return None
    earlier, later = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if earlier is None or later is None or earlier <= later:
        return None
    return WINTER if local.fold else SUMMER


def say_euros(cents: int, language: str | None = None) -> str:
    """An amount given in cents: « 86 € », « 12,50 € », "€86"; what comes off has its sign before it: « −8,40 € »."""
    whole, rest = divmod(abs(cents), 100)
    english = _known(language) == "en"
    amount = f"{whole}{'.' if english else ','}{rest:02}" if rest else str(whole)
    sign = "\u2212" if cents < 0 else ""
    return f"{sign}€{amount}" if english else f"{sign}{amount}{NBSP}€"


def without_accents(text: str) -> str:
    """Lower case, without accents; hyphens and apostrophes as spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(letters.replace("-", " ").replace("’", " ").replace("'", " ").split())


def colon(language: str | None = None) -> str:
    """What stands between a label and its value, before the space: French sets a no-break space first."""
    return f"{NBSP}:" if (language or get_language() or "fr")[:2] == "fr" else ":"


def short_weekday(weekday: int) -> str:
    """« lun », « Mo », "Mon": the head of a calendar's column; 0 is Monday."""
    chosen = (get_language() or "fr")[:2]
    return WEEKDAYS.get(chosen, WEEKDAYS["fr"])[weekday][: 2 if chosen == "de" else 3]
