"""Receipts as files and as mails: tagged, the same every time, for the family and for those who gave them."""

import io
import re
import sys
from typing import Any

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from booking.payments import counter, credits
from booking.payments.enums import CreditReason, Means
from booking.payments.models import CashOffice, OfficePerson, Receipt
from booking.payments.receipts import pdf
from booking.residents.models import Guardian
from municipalities import typesetting
from municipalities.models import ReadTrace, StaffMember
from notifications.kinds import Mail, kind_of
from notifications.models import Message
from tests import people
from tests.booking.residents.visitor import browser_of
from tests.booth import selling
from tests.factories import GuardianFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guardian(transactional_db: None) -> Guardian:
    return GuardianFactory.create()


@pytest.fixture
def cashier(office: CashOffice) -> StaffMember:
    staff = people.cashier(office.operator)
    OfficePerson.objects.create(office=office, staff=staff)
    return staff


@pytest.fixture
def receipt(office: CashOffice, guardian: Guardian, cashier: StaffMember) -> Receipt:
    return _sold(office, guardian, cashier)


def _sold(office: CashOffice, guardian: Guardian, by: StaffMember) -> Receipt:
    charge = selling.hold(office, show=1, number=1, household=guardian.household)
    assert charge
    found = counter.take(charge_id=charge.pk, parts={Means.CASH: 500, Means.CHEQUE: 700}, by=by)
    assert found
    return found


def _plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def _text(file: bytes) -> str:
    """Every word that is drawn, glyph by glyph back to letters: what a screen reader gets."""
    words = []
    with pikepdf.open(io.BytesIO(file)) as document:
        for page in document.pages:
            maps = {
                name: _letters(font.ToUnicode.read_bytes().decode("latin-1"))
                for name, font in page.Resources.Font.items()
            }
            current: dict[int, str] = {}
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    current = maps[str(operands[0])]
                elif str(operator) in ("Tj", "TJ"):
                    strings = operands[0] if str(operator) == "TJ" else [operands[0]]
                    for one in strings:
                        if isinstance(one, pikepdf.String):
                            raw = bytes(one)
                            glyphs = [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]
                            words.append("".join(current.get(glyph, "") for glyph in glyphs))
    return "".join(words)


def _letters(cmap: str) -> dict[int, str]:
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        for glyph, letters in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(letters).decode("utf-16-be")
    for first, last, letters in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\n", cmap):
        start = int(letters, 16)
        for glyph in range(int(first, 16), int(last, 16) + 1):
            found.setdefault(glyph, chr(start + glyph - int(first, 16)))
    return found


def test_the_file_is_tagged_titled_and_in_its_language(receipt: Receipt) -> None:
    receipt = Receipt.objects.select_related("charge", "office__operator").get(pk=receipt.pk)
    file = pdf.pdf_of(receipt, "de")
    with pikepdf.open(io.BytesIO(file)) as document:
        assert bool(document.Root.MarkInfo.Marked) and str(document.Root.Lang)[:2] == "de"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        with document.open_metadata() as told:
            assert told["pdfuaid:part"] == "1" and "1" in str(told["dc:title"])
        kinds = {str(node.S) for node in _nodes(document.Root.StructTreeRoot)}
    assert {"/Table", "/TH", "/TD", "/L", "/LI"} <= kinds and kinds & {"/H1", "/Title", "/H"}
    read = _text(file)
    assert "12,00" in read and "7,00" in read and "Léa Fictive" in read and receipt.office.name in read
    assert "typst" not in sys.modules  # a child has set it


def _nodes(node: Any) -> Any:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _nodes(kid)


def test_the_same_receipt_is_the_same_bytes_and_any_letter_can_stand_on_it(
    office: CashOffice, guardian: Guardian, cashier: StaffMember
) -> None:
    CashOffice.objects.update(name="Régie 李 🙂 #strong[x] \x07 محمد")
    receipt = _sold(office, guardian, cashier)
    receipt = Receipt.objects.select_related("charge", "office__operator").get(pk=receipt.pk)
    first = pdf.pdf_of(receipt, "fr")
    assert first == pdf.pdf_of(receipt, "fr") != pdf.pdf_of(receipt, "en")
    assert "#strong[x]" in _text(first)


def test_a_family_takes_its_own_receipt_and_a_cashier_that_of_the_office(
    receipt: Receipt, office: CashOffice, guardian: Guardian, cashier: StaffMember
) -> None:
    mine = reverse("payments:receipt_file", args=[receipt.pk])
    answer = browser_of(guardian).get(mine)
    assert answer.content.startswith(b"%PDF-") and f"recu-{office.pk}-1.pdf" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert browser_of(GuardianFactory.create()).get(mine).status_code == 404
    assert Client().get(mine).status_code == 302
    theirs = reverse("cash:receipt_file", args=[receipt.pk])
    assert signed_in(cashier).get(theirs).content.startswith(b"%PDF-")
    shown = signed_in(cashier).get(reverse("cash:receipt", args=[receipt.pk])).content.decode()
    assert "Léa Fictive" in shown and theirs in shown
    assert ReadTrace.objects.filter(staff=cashier, subject_id=guardian.household_id).count() == 1
    for staff in (people.cashier(office.operator), people.manager_of_operator(office.operator), people.auditor()):
        assert signed_in(staff).get(theirs).status_code == 404


@pytest.mark.parametrize("trouble", ["hangs", "fails", pytest.param("busy", marks=pytest.mark.true_clock)])
def test_a_file_that_cannot_be_made_is_said_and_the_receipt_stays(
    receipt: Receipt,
    guardian: Guardian,
    cashier: StaffMember,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    trouble: str,
) -> None:
    program = tmp_path / "typeset.py"
    program.write_text("import time; time.sleep(30)" if trouble == "hangs" else "raise SystemExit(3)")
    monkeypatch.setattr(typesetting, "PROGRAM", program)
    monkeypatch.setattr(pdf, "PATIENCE", 0.3)
    monkeypatch.setattr(pdf, "WAIT", 0.05)
    if trouble == "busy":
        pdf._turn.acquire()
    try:
        answer = browser_of(guardian).get(reverse("payments:receipt_file", args=[receipt.pk]))
        assert answer.status_code == 503
        page = _plain(answer.content.decode())
        assert "n’a pas pu être fait" in page and "Reçu n° 1" in page
        staff = signed_in(cashier).get(reverse("cash:receipt_file", args=[receipt.pk]), follow=True)
        assert "n’a pas pu être fait" in staff.content.decode()
    finally:
        if trouble == "busy":
            pdf._turn.release()


def _mail(kind: str, language: str = "fr") -> Mail:
    message = Message.objects.get(kind=kind)
    message.language = language
    known = kind_of(message)
    with translation.override("fr"):
        mail = known.render(message, known.gather([message]).get(message.pk) if known.gather else None)
    assert isinstance(mail, Mail)
    return mail


def test_a_receipt_is_mailed_without_a_name_in_the_operator_s_name(
    receipt: Receipt, office: CashOffice, guardian: Guardian
) -> None:
    office.operator.sender_name, office.operator.email = "Les piscines", "piscines@operateur.example"
    office.operator.save()
    assert Message.objects.get().recipient == guardian.email
    for language, words in (("fr", "Reçu n° 1"), ("de", "Quittung"), ("en", "Receipt")):
        mail = _mail("payments.receipt", language)
        assert words in _plain(mail.subject) and mail.from_email.startswith("Les piscines") and mail.reply_to
        assert f"/{'' if language == 'fr' else language + '/'}" in mail.text
        assert str(receipt.pk) in mail.text and str(receipt.pk) in mail.html
        assert "Léa" not in mail.text + mail.html
        assert ("5,00" if language != "en" else "5.00") in mail.text


def test_a_credit_note_is_mailed_with_its_last_day(receipt: Receipt, cashier: StaffMember, guardian: Guardian) -> None:
    GuardianFactory.create(household=guardian.household, email="autre@mail.example")
    note = credits.issue_credit(charge=receipt.charge, cents=300, reason=CreditReason.CALLED_OFF, by=cashier)
    told = Message.objects.filter(kind="payments.credit", subject_id=note.pk)
    assert {one.recipient for one in told} == {guardian.email, "autre@mail.example"}
    told.exclude(recipient=guardian.email).delete()
    for language, words in (("fr", "Un avoir de 3,00"), ("de", "Gutschrift"), ("en", "credit")):
        mail = _mail("payments.credit", language)
        assert words in _plain(mail.subject) and str(note.expires_on.year) in mail.text
        assert reverse("payments:mine") in mail.html or language != "fr"


def test_a_mailbox_that_nobody_has_confirmed_is_told_nothing_of_money(
    office: CashOffice, guardian: Guardian, cashier: StaffMember
) -> None:
    """It may be somebody else's: at the counter the receipt is printed."""
    GuardianFactory.create(household=guardian.household, email="tapee@mail.example", confirmed_at=None)
    receipt = _sold(office, guardian, cashier)
    credits.issue_credit(charge=receipt.charge, cents=300, reason=CreditReason.CALLED_OFF, by=cashier)
    assert set(Message.objects.values_list("recipient", flat=True)) == {guardian.email}
    shown = reverse("cash:receipt", args=[receipt.pk])
    assert "imprimez" not in signed_in(cashier).get(shown).content.decode()
    Guardian.objects.filter(pk=guardian.pk).update(confirmed_at=None)
    assert "imprimez" in signed_in(cashier).get(shown).content.decode()


def test_nothing_is_sent_to_a_family_that_was_erased(receipt: Receipt, guardian: Guardian) -> None:
    guardian.household.erased_at = timezone.now()
    guardian.household.save()
    message = Message.objects.get(kind="payments.receipt")
    known = kind_of(message)
    assert known.gather
    assert known.render(message, known.gather([message]).get(message.pk)) is None
    assert known.render(message, None) is None
