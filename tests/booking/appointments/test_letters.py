"""A mail filled into kept frames is the mail its templates would have written."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

import pytest
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.appointments.messages import letters
from booking.appointments.messages.letters import Office, Papers, Person, Sender, Setting, letter, tidy

OFFICE = Office(
    "Mairie de « Rixheim » & Cie", "28 rue Zuber", "03 89 00 00 01", "a@rixheim.example", "https://x.example"
)
SETTING = Setting(
    language="fr", is_cancelled=False, is_confirmation=True, has_invitation=True, has_people=True, has_fees=True,
    reason="Carte d’identité", address="Mairie, 68170 Rixheim", access_text="<sonnez>", directions="https://m.example?a&b",
    service=OFFICE,
)  # fmt: skip
SENDER = Sender("fr", OFFICE, "#1f4e79", "Mulhouse Alsace Agglomération")
PAPERS = Papers("fr", (("Photo", "de moins de six mois"), ("Titre <ancien>", "")), (("Passeport", 8650),))
#: Whatever people are called, the marks and the tags of our templates included.
WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1) | st.sampled_from(
    ["\ue000link\ue001", "{{ words.link }}", "<script>", "&amp;", "%(name)s", "{name}"]
)
WORDS = st.fixed_dictionaries(dict.fromkeys(letters.OWN_WORDS[: letters.OWN_WORDS.index("people")], WORD))
PEOPLE = st.lists(st.builds(Person, name=WORD, number_end=st.just("") | WORD, papers=st.just(PAPERS)), max_size=3)


def written_by_the_templates(
    setting: Setting, sender: Sender, words: Mapping[str, str], people: list[Person]
) -> tuple[str, str]:
    def parts(kind: str) -> dict[str, SafeString]:
        each = [
            get_template(f"mail/_person.{kind}").render(
                {"papers": person.papers, "person": {"name": person.name, "number_end": person.number_end}}
            )
            for person in people
        ]
        foot = get_template(f"mail/_foot.{kind}").render({"sender": sender})
        if kind == "txt":
            return {
                "people": mark_safe("\n\n".join(tidy(part).rstrip() for part in each)),
                "foot": mark_safe(foot.strip()),
            }
        return {"people": mark_safe("".join(each)), "foot": mark_safe(foot)}

    own = {**words, "sender": sender.office.name, "band": sender.band}
    text, html = (
        get_template(f"mail/appointment.{kind}").render({"setting": setting, "words": own | parts(kind)})
        for kind in ("txt", "html")
    )
    return tidy(text), html


@pytest.mark.parametrize("language", ["fr", "de", "en"])
@given(words=WORDS, people=PEOPLE)
@settings(deadline=None)
def test_same_text_and_same_html(language: str, words: dict[str, str], people: list[Person]) -> None:
    setting = replace(SETTING, language=language, has_people=bool(people))
    sender = replace(SENDER, language=language)
    people = [replace(person, papers=replace(PAPERS, language=language)) for person in people]
    with translation.override(language):
        assert letter(setting, sender, words, people) == written_by_the_templates(setting, sender, words, people)


def test_a_persons_words_are_escaped_in_html_alone() -> None:
    words = dict.fromkeys(letters.OWN_WORDS, "<b>&</b>")
    text, html = letter(SETTING, SENDER, words, [Person('"><img>', "<i>", PAPERS)])
    assert '"><img>' in text
    assert "<img>" not in html
    assert html.count(escape("<b>&</b>")) >= 5
    assert "<b>" not in html


def test_templates_are_rendered_once_for_many_people() -> None:
    letters._frame.cache_clear()
    words = dict.fromkeys(letters.OWN_WORDS, "x")
    for number in range(5):
        letter(SETTING, SENDER, words, [Person(f"Personne {number}", "", PAPERS)])
    assert letters._frame.cache_info().misses == 1


def test_what_an_office_changes_shows_in_the_next_mail() -> None:
    words = dict.fromkeys(letters.OWN_WORDS, "x")
    before, _ = letter(SETTING, SENDER, words, [])
    moved = replace(OFFICE, phone="03 89 99 99 99")
    after, _ = letter(SETTING, replace(SENDER, office=moved), words, [])
    assert "03 89 99 99 99" in after
    assert "03 89 99 99 99" not in before
