"""Pages of who answers for a nursery, and of the chair: proposals to accept or decline, accepted files, publishing."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.answers import offers, publishing
from booking.nurseries.answers.messages import SUBJECT
from booking.nurseries.calendar_words import from_month, say_days
from booking.nurseries.models import NurseryOffer, Round, Stay
from booking.nurseries.models.offers import OfferState, OperatorReason
from municipalities import readings, rules
from municipalities.access import done, render_staff, staff_page
from municipalities.exceptions import simple_attempt
from municipalities.lists import file_of, write_list
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.rules import Ability


@staff_page
def proposals(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What is asked of this person's nurseries: numbers and days, no family yet."""
    if not rules.runs_nurseries(staff):
        raise Http404
    mine = NurseryOffer.objects.visible_to(staff).select_related("nursery__facility", "child").order_by("due_at")
    context = {
        "asked": [_line(one) for one in mine if one.state == OfferState.TO_OPERATOR],
        "pending": [_line(one) for one in mine if one.state == OfferState.TO_FAMILY],
        "reasons": OperatorReason.choices,
    }
    return render_staff(request, staff, "replies/proposals.html", context)


def _line(offer: NurseryOffer) -> dict[str, Any]:
    return {
        "offer": offer,
        "number": offer.child.number,
        "place": offer.nursery.facility.name,
        "days": say_days(offer.half_days),
        "from_month": from_month(f"{offer.start:%Y-%m}"),
    }


@staff_page
@require_POST
def accept(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    offer = _answerable(staff, pk)
    done(request, lambda: offers.operator_accepts(offer=offer, by=staff), _("La famille est prévenue."))
    return _back(staff)


@staff_page
@require_POST
def decline(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    offer = _answerable(staff, pk)
    reason = request.POST.get(Param.REASON, "")
    said = _("C’est noté : l’enfant reste sur la liste, et sa famille n’en sait rien.")
    done(request, lambda: offers.operator_declines(offer=offer, reason=reason, by=staff), said)
    return _back(staff)


def _answerable(staff: StaffMember, pk: UUID) -> NurseryOffer:
    offer = get_object_or_404(NurseryOffer, pk=pk)
    if not offers.may_answer_for(staff, offer) and not NurseryOffer.objects.visible_to(staff).filter(pk=pk).exists():
        raise Http404
    return offer


def _back(staff: StaffMember) -> HttpResponse:
    return redirect("replies:proposals" if rules.runs_nurseries(staff) else "replies:silent")


@staff_page
def silent(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Operators who have not answered in their five working days: the chair answers for them, or asks them."""
    if not rules.for_nurseries(staff, Ability.CHAIR_COMMISSION):
        raise Http404
    late = offers.silent_operators().filter(round__in=Round.objects.chaired_by(staff))
    mine = set(offers.answered_by_chair(staff).filter(pk__in=late).values_list("pk", flat=True))
    lines = [
        _line(one) | {"is_aside": one.pk not in mine}
        for one in late.select_related("nursery__facility", "child").order_by("due_at")
    ]
    return render_staff(request, staff, "replies/silent.html", {"lines": lines, "reasons": OperatorReason.choices})


@staff_page
def accepted(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Files that families accepted: their names and contacts, for the operator of that nursery and no other."""
    if not rules.runs_nurseries(staff):
        raise Http404
    rows = _accepted(staff)
    readings.note_subjects(
        SUBJECT, *{row["application"].pk for row in rows}, why=Why.SEARCH, view="replies:accepted", by=staff
    )
    return render_staff(request, staff, "replies/accepted.html", {"rows": rows})


def _accepted(staff: StaffMember) -> list[dict[str, Any]]:
    mine = NurseryOffer.objects.visible_to(staff).filter(state__in=(OfferState.ACCEPTED, OfferState.HELD))
    found = mine.select_related("nursery__facility", "child__member", "child__application", "stay")
    return [
        _line(one)
        | {
            "child": one.child.member,
            "application": one.child.application,
            "parents": sorted(one.child.application.parents.all(), key=lambda parent: parent.rank),
            "stay": getattr(one, "stay", None),
        }
        for one in found.order_by("start", "pk").prefetch_related("child__application__parents")
    ]


@staff_page
def accepted_file(_request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The same as CSV."""
    if not rules.runs_nurseries(staff):
        raise Http404
    rows = _accepted(staff)
    readings.note_subjects(
        SUBJECT, *{row["application"].pk for row in rows}, why=Why.SEARCH, view="replies:accepted_file", by=staff
    )
    heads = [_("crèche"), _("dossier"), _("enfant"), _("naissance"), _("parents"), _("courriel"), _("téléphone")]
    reported = [_("entrée"), _("numéro"), _("semaine réelle"), _("sortie")]
    content = write_list([*heads, _("jours"), _("premier mois"), *reported], [_cells(row) for row in rows])
    return file_of(content, "dossiers-acceptes")


def _cells(row: Mapping[str, Any]) -> list[object]:
    born = row["child"].born_on or row["child"].expected_on
    return [
        row["place"],
        row["number"],
        f"{row['child'].given_name} {row['child'].family_name}".strip(),
        born.isoformat() if born else "",
        ", ".join(parent.name for parent in row["parents"]),
        row["application"].email,
        row["application"].phone,
        row["days"],
        f"{row['offer'].start:%Y-%m}",
        *_reported(row["stay"]),
    ]


def _reported(stay: Stay | None) -> tuple[str, ...]:
    if stay is None:
        return ("", "", "", "")
    left = stay.left_on.isoformat() if stay.left_on else ""
    return (stay.entered_on.isoformat(), stay.number, say_days(stay.half_days), left)


@staff_page
def rehearsal(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """What publishing would do, on screen; nothing is sent."""
    round = get_object_or_404(Round.objects.chaired_by(staff).select_related("operator", "grid"), pk=pk)
    if not round.is_frozen:
        raise Http404
    context = {"round": round, "rehearsal": publishing.rehearse(round)}
    return render_staff(request, staff, "replies/rehearsal.html", context)


@staff_page
@require_POST
def publish(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    round = get_object_or_404(Round.objects.chaired_by(staff), pk=pk)
    refusal = simple_attempt(lambda: publishing.publish(round=round, by=staff))
    if refusal:
        messages.error(request, refusal)
        return redirect("replies:rehearsal" if round.is_frozen else "commission:round", pk)
    messages.success(request, _("La session est publiée : les gestionnaires sont consultés, les réponses partent."))
    return redirect("commission:round", pk)
