"""The frame of every mail, filled with somebody's words."""

from html import escape
from typing import Any

import pytest

from municipalities.models import Operator
from notifications.letters import Sender, letter


def pool(**fields: str) -> Operator:
    """Who runs a pool: no municipality, and yet it writes."""
    known = {
        "name": "Régie des piscines & Cie", "sender_email": "piscines@agglo.example", "phone": "0389000001",
        "email": "accueil@agglo.example", "website": "https://agglo.example", "colour": "#ffffff",
    }  # fmt: skip
    return Operator(**(known | fields))


def written(sender: Sender, language: str = "fr", text: str = "Bonjour") -> Any:
    context = {"paragraphs": [(text, False)]}
    return letter("mail/staff", context, subject="Sujet", sender=sender, language=language)


@pytest.mark.parametrize(
    ("language", "label"), [("fr", "Téléphone\u00a0: 03"), ("de", "Telefon: 03"), ("en", "Phone: 03")]
)
def test_whoever_runs_a_place_signs_and_is_answered(language: str, label: str, settings: Any) -> None:
    settings.TERRITORY_NAME = "Pays de Nulle-Part"
    mail = written(Sender.of(pool()), language)
    assert mail.from_email == "Régie des piscines & Cie <piscines@agglo.example>"
    assert mail.reply_to == ("accueil@agglo.example",)
    assert "\n-- \nRégie des piscines & Cie\n" in mail.text
    assert f'lang="{language}"' in mail.html
    assert "Régie des piscines &amp; Cie" in mail.html
    for part in (mail.text, mail.html):
        for said in (label, "accueil@agglo.example", "https://agglo.example", "Pays de Nulle-Part"):
            assert said in part
    # White letters stand on it, whatever colour was chosen.
    assert "background:#ffffff" not in mail.html


def test_without_an_office_the_territory_writes(settings: Any) -> None:
    settings.TERRITORY_NAME, settings.DEFAULT_FROM_EMAIL = "Pays de Nulle-Part", "Guichet <guichet@pays.example>"
    mail = written(Sender.of(None))
    assert mail.from_email == "Pays de Nulle-Part <guichet@pays.example>"
    assert mail.reply_to == ()


def test_words_are_escaped_in_html_alone() -> None:
    mail = written(Sender.of(pool(name="<b>Bains</b>")), text='"><img src=x> & {{ sender }}')
    assert '"><img src=x> & {{ sender }}' in mail.text
    assert "<b>Bains</b>" in mail.text
    assert escape('"><img src=x> & {{ sender }}', quote=True) in mail.html.replace("&#x27;", "'")
    assert "<img" not in mail.html
    assert "<b>" not in mail.html


def test_no_blank_lines_are_left_where_nothing_is_said() -> None:
    mail = written(Sender("Bains"))
    assert mail.text.startswith("Bonjour\n\n-- \nBains\nMessage automatique")
    assert "\n\n\n" not in mail.text
