import ast
import io

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.template import Context, Template
from django.utils import translation

from config import catalogues


def found(text, kind=""):
    return [(s.context, s.singular, s.plural) for s in catalogues.in_source(text, kind=kind)]


def test_python_is_read_with_every_function():
    text = """
from django.utils.translation import gettext as _, ngettext, pgettext
a = _("Bonjour")
b = _("Une phrase "
      "en deux morceaux")
c = ngettext("%(n)d jour", "%(n)d jours", n)
d = pgettext("mois", "mai")
e = str("pas moi")
"""
    assert found(text) == [
        (None, "Bonjour", ""),
        (None, "Une phrase en deux morceaux", ""),
        (None, "%(n)d jour", "%(n)d jours"),
        ("mois", "mai", ""),
    ]


TEMPLATE = """{% load i18n %}
<p class="it's">
    {% translate "Prendre l’heure" %}
  {% translate "mai" context "mois" %}
{% blocktranslate trimmed with town=name %}
    Bienvenue à {{ town }},
    c’est 100 % gratuit.
{% endblocktranslate %}
{% blocktranslate count n=days %}{{ n }} jour{% plural %}{{ n }} jours{% endblocktranslate %}
{# {% translate "pas moi" %} #}
</p>
"""


def test_templates_are_read_as_django_reads_them():
    assert found(TEMPLATE, catalogues.DJANGO) == [
        (None, "Prendre l’heure", ""),
        ("mois", "mai", ""),
        (None, "Bienvenue à %(town)s, c’est 100 %% gratuit.", ""),
        (None, "%(n)s jour", "%(n)s jours"),
    ]


def test_what_is_extracted_is_what_django_looks_up(monkeypatch):
    asked = []
    for name in ("gettext", "ngettext", "pgettext"):
        real = getattr(translation._trans, name)

        def spy(*args, real=real, name=name):
            asked.append(args[1] if name == "pgettext" else args[0])
            return real(*args)

        monkeypatch.setattr(translation._trans, name, spy)
    Template(TEMPLATE).render(Context({"name": "Rixheim", "days": 2}))
    wanted = {s.singular for s in catalogues.in_source(TEMPLATE, kind=catalogues.DJANGO)}
    assert wanted <= set(asked)


def test_fragments_are_read_as_jinja_reads_them():
    text = """{# _("pas moi") #}<b title="{{ _('Prendre l’heure') }}">{{ pgettext("mois", "mai") }}</b>
    {% trans trimmed town=name %}
      Bienvenue à {{ town }}.
    {% endtrans %}
    {{ ngettext("%(n)s jour", "%(n)s jours", n=3) }}"""
    assert found(text, catalogues.JINJA) == [
        (None, "Prendre l’heure", ""),
        ("mois", "mai", ""),
        (None, "Bienvenue à %(town)s.", ""),
        (None, "%(n)s jour", "%(n)s jours"),
    ]


def test_every_folder_of_templates_is_read():
    read = {place for sentence in catalogues.sentences().values() for place in sentence.places}
    assert "booking/appointments/jinja2/counter/living_board.html" in read


@pytest.fixture
def locale(settings, tmp_path, monkeypatch):
    """A project of one file, and catalogues of its own."""
    (tmp_path / "booking").mkdir()
    source = tmp_path / "booking" / "words.py"
    source.write_text('_("Bonjour %(name)s")\nngettext("%(n)d jour", "%(n)d jours", n)\n')
    settings.ROOT = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path


def translate(language, **texts):
    path = catalogues.folder(language) / "django.po"
    po = polib.pofile(str(path))
    for entry in po:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: texts.get("one", ""), 1: texts.get("many", "")}
        else:
            entry.msgstr = texts.get("hello", "")
    po.save(str(path))


GERMAN = {"hello": "Hallo %(name)s", "one": "ein Tag", "many": "%(n)d Tage"}
ENGLISH = {"hello": "Hello %(name)s", "one": "%(n)d day", "many": "%(n)d days"}


def test_merge_keeps_translations_and_drops_what_is_gone(locale):
    assert catalogues.merge() == {"de": 2, "en": 2}
    translate("de", **GERMAN)
    assert catalogues.merge()["de"] == 0
    (locale / "booking" / "words.py").write_text('_("Bonjour %(name)s")\n')
    catalogues.merge()
    (entry,) = polib.pofile(str(catalogues.folder("de") / "django.po"))
    assert entry.msgstr == "Hallo %(name)s"


def test_complete_catalogues_have_no_faults(locale):
    catalogues.merge()
    translate("de", **GERMAN)
    translate("en", **ENGLISH)
    catalogues.merge()
    assert catalogues.faults() == []
    out = io.StringIO()
    call_command("messages", check=True, stdout=out)
    assert "complets" in out.getvalue()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"hello": ""}, "de: not translated: 'Bonjour %(name)s' (booking/words.py)"),
        ({"hello": "Hallo"}, "de: placeholders differ: 'Bonjour %(name)s' has ['%(name)s'], 'Hallo' has []"),
        ({"many": "viele Tage"}, "de: placeholders differ"),
        ({"hello": "<b>Hallo</b> %(name)s"}, "de: tags differ"),
    ],
)
def test_each_fault_is_told(locale, change, fault):
    catalogues.merge()
    translate("de", **GERMAN | change)
    translate("en", **ENGLISH)
    catalogues.merge()
    (told,) = catalogues.faults()
    assert told.startswith(fault)
    with pytest.raises(CommandError, match="1 défauts"):
        call_command("messages", check=True, stderr=io.StringIO())


def test_a_stale_compiled_file_a_new_sentence_and_a_fuzzy_one_are_told(locale):
    catalogues.merge()
    translate("de", **GERMAN)
    translate("en", **ENGLISH)
    catalogues.merge()
    translate("en", **ENGLISH | {"hello": "Good day %(name)s"})
    assert catalogues.faults() == ["en: django.mo is not what django.po says"]
    catalogues.merge()
    source = locale / "booking" / "words.py"
    source.write_text(source.read_text() + '_("Nouveau")\n')
    assert "de: not in the catalogue: 'Nouveau' (booking/words.py)" in catalogues.faults()
    source.write_text('_("Bonjour %(name)s")\n')
    assert "de: no longer in the code: '%(n)d jour'" in catalogues.faults()
    assert "fr: not what is made from the code" in catalogues.faults()
    path = catalogues.folder("de") / "django.po"
    po = polib.pofile(str(path))
    po.find("Bonjour %(name)s").flags.append("fuzzy")
    po.save(str(path))
    catalogues.merge()
    assert "de: fuzzy: 'Bonjour %(name)s'" in catalogues.faults()


def test_the_command_says_how_much_is_left(locale):
    out = io.StringIO()
    call_command("messages", stdout=out)
    assert "de : 2 phrases à traduire" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("messages", check=True, stderr=io.StringIO())


def test_our_own_sentences_are_found():
    keys = {singular for _context, singular in catalogues.sentences()}
    assert "code INSEE" in keys
    assert len(keys) > 100


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Plus tôt ? Oui ; non !", "Plus tôt~? Oui~; non~!"),
        ("Liste du jour : %(place)s", "Liste du jour~: %(place)s"),
        ("« Accepter »", "«~Accepter~»"),
        ("%(percent)s %% de %(town)s", "%(percent)s~%% de %(town)s"),
        ("%(km)s km, 13 h, 2 Mo, loi n° 2005-102", "%(km)s~km, 13~h, 2~Mo, loi n°~2005-102"),
        ("au 09 69 39 00 00", "au 09~69~39~00~00"),
        ("elle commence par https:// ou ?page=2, le %(day)s", "elle commence par https:// ou ?page=2, le %(day)s"),
    ],
)
def test_french_is_set_as_it_is_printed(typed, printed):
    assert catalogues.as_printed(typed) == printed.replace("~", "\u00a0")


def test_french_readers_get_the_printed_form():
    with translation.override("fr"):
        assert translation.gettext("Liste du jour : %(place)s, %(day)s").startswith("Liste du jour\u00a0: ")


def test_every_name_under_which_texts_are_asked_for_is_collected():
    """`gettext_lazy as _later` would never be translated if nobody looked for `_later`."""
    names = set()
    for package in catalogues.PACKAGES:
        for path in (settings.ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                    names |= {name.asname or name.name for name in node.names if "gettext" in name.name}
    assert "_lazy" in names
    assert names <= set(catalogues.KEYWORDS)
