"""A number is French or says its country; it is never guessed into another one."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from municipalities.phones import COUNTRIES, OVERSEAS, read_phone, say_in_full, takes_sms


@pytest.mark.parametrize(
    ("typed", "kept", "region"),
    [
        ("0690 12 34 56", "+590690123456", "GP"),
        ("0691 12 34 56", "+590691123456", "GP"),
        ("0694.12.34.56", "+594694123456", "GF"),
        ("0696 12 34 56", "+596696123456", "MQ"),
        ("0697 12 34 56", "+596697123456", "MQ"),
        ("0692 12 34 56", "+262692123456", "RE"),
        ("0693 12 34 56", "+262693123456", "RE"),
        ("0639 12 34 56", "+262639123456", "YT"),
        ("+262 639 12 34 56", "+262639123456", "YT"),
        ("00590 690 12 34 56", "+590690123456", "GP"),
        # Series of 2024, which several share, and Saint-Pierre, whose code is in the number.
        ("0709 00 12 34", "+590709001234", "GP"),
        ("0709 12 34 56", "+596709123456", "MQ"),
        ("07 09 20 12 34", "+262709201234", "RE"),
        ("0709 31 23 45", "+594709312345", "GF"),
        ("0709 35 12 34", "+262709351234", "YT"),
        ("0708 45 12 34", "+508708451234", "PM"),
        ("0508 55 12 34", "+508551234", "PM"),
        ("00 508 55 12 34", "+508551234", "PM"),
        ("06 12 34 56 78", "+33612345678", "FR"),
        ("06\t12 34\t56 78", "+33612345678", "FR"),
        ("0033 6 12 34 56 78", "+33612345678", "FR"),
        ("0695 12 34 56", "+33695123456", "FR"),
        # Swiss mobiles are written like this too: without country code it is French all the same.
        ("079 123 45 67", "+33791234567", "FR"),
        ("+41 79 123 45 67", "+41791234567", "CH"),
        ("+352 621 123 456", "+352621123456", "LU"),
        ("+32 470 12 34 56", "+32470123456", "BE"),
        ("+39 312 345 6789", "+393123456789", "IT"),
        ("+49 1512 3456789", "+4915123456789", "DE"),
    ],
)
def test_mobiles(typed: str, kept: str, region: str) -> None:
    phone = read_phone(typed)
    assert phone is not None
    assert (phone.e164, phone.region, phone.takes_sms) == (kept, region, True)
    assert takes_sms(kept)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("03 89 45 67 89", "+33389456789"),
        ("0590 82 12 34", "+590590821234"),
        ("0262 12 34 56", "+262262123456"),
        ("0508 41 12 34", "+508411234"),
        ("+49 7621 4150", "+4976214150"),
        ("09 70 12 34 56", "+33970123456"),
    ],
)
def test_landlines_are_numbers_without_text_messages(typed: str, kept: str) -> None:
    phone = read_phone(typed)
    assert phone is not None
    assert (phone.e164, phone.takes_sms) == (kept, False)
    assert not takes_sms(kept)


@pytest.mark.parametrize(
    "typed",
    [
        "072 123 45 67",
        "01512 3456789",
        "0681 2345",
        "0899 70 12 34",
        "3615",
        "+1 202 555 0143",
        "0690 12 34 5",
        "41 12 34",
        "",
    ],
)
def test_what_is_no_number_of_ours_is_not_made_one(typed: str) -> None:
    assert read_phone(typed) is None


@given(st.from_regex(r"0[0-9]{7,10}", fullmatch=True))
def test_no_number_without_country_code_leaves_france(typed: str) -> None:
    phone = read_phone(typed)
    assert phone is None or phone.region in {"FR", "PM", *OVERSEAS.values()}


def test_numbers_are_shown_in_full() -> None:
    assert say_in_full("+590690123456").replace("\u00a0", " ") == "+590 690 12 34 56"
    assert say_in_full("nobody") == "nobody"
    assert set(OVERSEAS.values()) <= set(COUNTRIES)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0690 12 34 56\u200b", "Nous lisons +590 690 12 34 56 (Guadeloupe)."),
        ("03 89 45 67 89", "une ligne fixe, sans SMS"),
        ("072 123 45 67", ""),
        ("0" * 400, ""),
    ],
)
def test_the_number_understood_is_said_before_it_is_used(client: Client, typed: str, said: str) -> None:
    answer = client.post(reverse("residents:phone"), {"numero": typed})
    text = answer.content.decode().replace("\u00a0", " ").strip()
    assert said in text if said else text == ""
    assert "no-store" in answer["Cache-Control"]
    assert client.get(reverse("residents:phone"), {"numero": typed}).status_code == 405
