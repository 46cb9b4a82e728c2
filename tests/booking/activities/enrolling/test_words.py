"""What was sold is read in the reader's language; the document of it stays as it was given."""

import io
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from booking.activities.enrolling import paying
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import Basket
from booking.payments import counter
from booking.payments.enums import Means
from booking.payments.families import tells_of
from booking.payments.models import Receipt
from booking.residents.models import Guardian
from municipalities.languages import Translated
from notifications.kinds import kind_of
from notifications.models import Message
from tests.booking.residents.visitor import browser_of
from tests.factories import StaffMemberFactory
from tests.factories.enrolments import child_of, course, family, water

NAMES = Translated(fr="École de natation", de="Schwimmschule", en="Swimming school")


def sold_in_german() -> tuple[Guardian, Receipt]:
    """Two children of one family, so that there is a reduction to word."""
    guardian = family(children=2)
    group = course(water())
    group.activity.name = NAMES
    group.activity.save()
    with translation.override("de"):
        for place in range(2):
            hold(household=guardian.household, choices=[Choice(child_of(guardian.household, place), group.pk)])
        charge = paying.begin_paying(basket=Basket.objects.get(household=guardian.household))
    assert charge.language == "de"
    receipt = counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=StaffMemberFactory.create())
    assert receipt
    return guardian, receipt


def asked(browser: Client, page: str, language: str, *args: Any) -> Any:
    with translation.override(language):
        return browser.get(reverse(page, args=args))


def read(browser: Client, page: str, language: str, *args: Any) -> str:
    return str(asked(browser, page, language, *args).content.decode()).replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.django_db(transaction=True)
def test_each_reader_has_their_own_language_and_the_file_is_the_one_that_was_given() -> None:
    guardian, receipt = sold_in_german()
    browser = browser_of(guardian)
    expected = {
        "fr": ("École de natation, ", "Enfant n° 2 de la famille"),
        "de": ("Schwimmschule, ", "Kind Nr. 2"),
        "en": ("Swimming school, ", "child no. 2"),
    }
    for language, (name, reduction) in expected.items():
        page = read(browser, "payments:receipt", language, receipt.pk)
        assert name in page and reduction.casefold() in page.casefold(), language
        assert 'hreflang="de"' in page
        others = [other for key, (other, _reduction) in expected.items() if key != language]
        assert not any(other in page for other in others)
        assert name in read(browser, "payments:mine", language)
        with translation.override(language):
            told = tells_of(guardian.household_id)
        assert told["charges"][0]["lines"][0]["label"].startswith(name)
    in_french, in_english = (
        asked(browser, "payments:receipt_file", language, receipt.pk).content for language in ("fr", "en")
    )
    assert in_french == in_english
    with pikepdf.open(io.BytesIO(in_french)) as document:
        assert str(document.Root.Lang)[:2] == "de"
    message = Message.objects.get(kind="payments.receipt")
    kind = kind_of(message)
    assert kind.gather
    mail: Any = kind.render(message, kind.gather([message])[message.pk])
    assert "Schwimmschule" in mail.text and "École" not in mail.text


@pytest.mark.django_db(transaction=True)
def test_the_words_of_a_sale_are_frozen_with_it() -> None:
    _guardian, receipt = sold_in_german()
    line = receipt.charge.lines.earliest("position")
    line.label = Translated(fr="Autre chose")
    with pytest.raises(DatabaseError, match="the accounts are not changed"):
        line.save()
    connection.close()
