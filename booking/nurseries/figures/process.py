"""How requests go: answered when, to which wish, refused by whom; what the commission changed; who gets a place.

Counted of the rounds that met in one year, from what they answered and what became of their offers: rows that stay when
the people in them are erased.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking.nurseries.enums import ENOUGH, ApplicationState
from booking.nurseries.figures.hiding import hide_line
from booking.nurseries.figures.shapes import Figure, Row, counts, crossed
from booking.nurseries.models import (
    Answer,
    Appeal,
    AppealOutcome,
    ApplicationChild,
    NurseryApplication,
    NurseryOffer,
    Round,
    RoundChild,
    RoundDecision,
)
from booking.nurseries.models.offers import OPEN, FamilyReason, OfferState, OperatorReason
from booking.nurseries.models.requests import MOST_WISHES
from booking.nurseries.rounds import history
from municipalities.wording import without_accents

#: Days from a request to its first answer: up to.
WAITS = (30, 60, 90, 180)
#: Places that were given back and taken by nobody for longer are counted as empty.
EMPTY_DAYS = 15
ADMITTED = (OfferState.ACCEPTED, OfferState.HELD, OfferState.LEFT, OfferState.GIVEN_UP)


def rounds_of(authorities: Iterable[int], year: int) -> list[int]:
    """Published rounds that met in that year."""
    found = Round.objects.published().filter(operator__in=list(authorities), meets_on__year=year)
    return list(found.values_list("pk", flat=True))


def years_of(authorities: Iterable[int]) -> list[int]:
    found = Round.objects.published().filter(operator__in=list(authorities))
    return sorted({day.year for day in found.values_list("meets_on", flat=True)}, reverse=True)


def figures(authorities: Sequence[int], year: int, now: datetime) -> list[Figure]:
    rounds = rounds_of(authorities, year)
    offers = list(NurseryOffer.objects.filter(round__in=rounds))
    return [
        _waits(rounds),
        _states(authorities, year),
        *of_offers(offers),
        _empty(rounds, now),
        _changed(rounds),
        _contested(rounds),
        _time(rounds),
        _appeals(rounds),
        *situations(rounds),
    ]


def of_offers(offers: Sequence[NurseryOffer]) -> list[Figure]:
    """What became of them; and what parts one line of that, which does not tell what the line hides."""
    outcomes = _outcomes(offers)
    hidden = {code for code, row in zip(outcome_names(), outcomes.rows, strict=False) if row.values[0] is None}
    return [
        outcomes,
        _ranks(offers, "accepted" in hidden),
        _reasons(offers, OfferState.DECLINED in hidden),
        _operator_reasons(offers, OfferState.OPERATOR_DECLINED in hidden),
    ]


def _waits(rounds: Sequence[int]) -> Figure:
    first: dict[object, int] = {}
    rows = Answer.objects.filter(round__in=rounds)
    for child, made, received in rows.order_by("-made_at").values_list(
        "child", "made_at", "child__application__received_at"
    ):
        if received is not None:
            first[child] = (made - received).days
    days = list(first.values())
    names = [_("jusqu’à %(days)d jours") % {"days": most} for most in WAITS] + [
        _("plus de %(days)d jours") % {"days": WAITS[-1]}
    ]
    numbers = Counter(next((n for n, most in enumerate(WAITS) if one <= most), len(WAITS)) for one in days)
    figure = counts(
        "delais",
        _("Délai de réponse"),
        _("Jours entre la réception d’une demande et la première réponse d’une session de l’année, par enfant."),
        _("Délai"),
        [(name, numbers[n]) for n, name in enumerate(names)],
        what=_("Enfants"),
    )
    if len(days) >= ENOUGH:
        middle = round(median(days))
        figure.notes = [ngettext("Médiane : %(days)d jour.", "Médiane : %(days)d jours.", middle) % {"days": middle}]
    return figure


def _states(authorities: Sequence[int], year: int) -> Figure:
    received = NurseryApplication.objects.filter(authority__in=authorities, received_at__year=year)
    numbers = Counter(received.values_list("state", flat=True))
    states = [one for one in ApplicationState if one != ApplicationState.DRAFT]
    figure = counts(
        "etats",
        _("Ce que sont devenues les demandes"),
        _(
            "Demandes reçues dans l’année, d’après leur état d’aujourd’hui : retirées par la famille, éteintes faute "
            "de réponse, closes par une admission."
        ),
        _("État"),
        [(str(one.label), numbers[one.value]) for one in states],
        what=_("Demandes"),
    )
    confirmed = received.filter(confirmed_at__gt=F("received_at") + timedelta(days=1)).count()
    whole = received.count()
    if min(confirmed, whole - confirmed) >= ENOUGH:
        share = {"share": round(100 * confirmed / whole)}
        figure.notes = [_("Ont confirmé leur intérêt au moins une fois : %(share)d %%.") % share]
    return figure


def outcome_of(state: str) -> str:
    """What became of an offer, in the words of a table."""
    if state in ADMITTED:
        return "accepted"
    if state in OPEN:
        return "open"
    return state


def outcome_names() -> dict[str, str]:
    return {
        "accepted": _("acceptées"),
        OfferState.DECLINED: _("refusées par la famille"),
        OfferState.LAPSED: _("restées sans réponse"),
        OfferState.OPERATOR_DECLINED: _("refusées par le gestionnaire"),
        OfferState.WITHDRAWN: _("demandes retirées"),
        OfferState.CALLED_OFF: _("échanges non conclus"),
        "open": _("en cours"),
    }


def _outcomes(offers: Sequence[NurseryOffer]) -> Figure:
    numbers = Counter(outcome_of(one.state) for one in offers)
    return counts(
        "propositions",
        _("Propositions"),
        _(
            "Propositions de place faites par les sessions de l’année, et ce qu’elles sont devenues. Une place gardée "
            "en attendant mieux, rendue ou quittée depuis, a été acceptée."
        ),
        _("Suite"),
        [(name, numbers[code]) for code, name in outcome_names().items()],
        what=_("Propositions"),
    )


def _ranks(offers: Sequence[NurseryOffer], is_total_hidden: bool) -> Figure:
    numbers = Counter(min(one.rank, MOST_WISHES + 1) for one in offers if one.state in ADMITTED)
    names = [(_("vœu n° %(rank)d") % {"rank": rank}, rank) for rank in range(1, MOST_WISHES + 1)]
    return counts(
        "rangs",
        _("Rang du vœu obtenu"),
        _("Propositions acceptées, par rang de la crèche parmi les vœux de la famille."),
        _("Rang"),
        [*((name, numbers[rank]) for name, rank in names), (_("au-delà, ou hors des vœux"), numbers[MOST_WISHES + 1])],
        what=_("Enfants"),
        is_total_hidden=is_total_hidden,
    )


def _reasons(offers: Sequence[NurseryOffer], is_total_hidden: bool) -> Figure:
    numbers = Counter(one.family_reason for one in offers if one.state == OfferState.DECLINED)
    return counts(
        "refus",
        _("Pourquoi les familles refusent"),
        _("Propositions refusées par la famille, par motif."),
        pgettext("pourquoi", "Motif"),
        [(str(one.label), numbers[one.value]) for one in FamilyReason],
        what=_("Propositions"),
        is_total_hidden=is_total_hidden,
    )


def _operator_reasons(offers: Sequence[NurseryOffer], is_total_hidden: bool) -> Figure:
    numbers = Counter(one.operator_reason for one in offers if one.state == OfferState.OPERATOR_DECLINED)
    return counts(
        "refus-gestionnaires",
        _("Pourquoi les gestionnaires refusent"),
        _("Propositions refusées par le gestionnaire, par motif codé."),
        pgettext("pourquoi", "Motif"),
        [(str(one.label), numbers[one.value]) for one in OperatorReason],
        what=_("Propositions"),
        is_total_hidden=is_total_hidden,
    )


def _empty(rounds: Sequence[int], now: datetime) -> Figure:
    quick, slow = empty_places(rounds, now)
    return counts(
        "vides",
        _("Places vides plus de 15 jours"),
        _(
            "Places rendues (refus, silence, renoncement, retrait, sortie) : reprises en 15 jours par une autre "
            "famille de la même crèche, ou vides plus longtemps. Celles qui ont été rendues depuis moins de 15 jours "
            "n’y sont pas encore."
        ),
        _("Place rendue"),
        [(_("reprise en 15 jours"), quick), (_("vide plus de 15 jours"), slow)],
        what=_("Places"),
    )


def empty_places(rounds: Sequence[int], now: datetime) -> tuple[int, int]:
    """(taken within the days, empty for longer): each place given back with the next that was accepted there."""
    offers = NurseryOffer.objects.filter(round__in=rounds).select_related("child__application", "stay")
    freed: list[tuple[int, datetime]] = []
    taken: dict[int, list[datetime]] = {}
    accepted_at: dict[object, list[datetime]] = {}
    for one in offers:
        if one.answered_at is not None and one.state in ADMITTED:
            taken.setdefault(one.nursery_id, []).append(one.answered_at)
            accepted_at.setdefault(one.child_id, []).append(one.answered_at)
    for one in offers:
        moment = _freed_at(one, accepted_at.get(one.child_id, []))
        if moment is not None and moment <= now:
            freed.append((one.nursery_id, moment))
    limit, quick, slow = timedelta(days=EMPTY_DAYS), 0, 0
    for nursery, moment in sorted(freed, key=lambda one: one[1]):
        ahead = sorted(one for one in taken.get(nursery, []) if one >= moment)
        if ahead and ahead[0] - moment <= limit:
            taken[nursery].remove(ahead[0])
            quick += 1
        elif now - moment > limit:
            if ahead:
                taken[nursery].remove(ahead[0])
            slow += 1
    return quick, slow


def _freed_at(one: NurseryOffer, accepted: Sequence[datetime]) -> datetime | None:
    """When a place came back, from the events that are kept of it."""
    if one.state == OfferState.LAPSED:
        return one.due_at
    if one.state == OfferState.OPERATOR_DECLINED:
        return one.operator_at
    if one.state == OfferState.DECLINED:
        return one.answered_at
    if one.state == OfferState.WITHDRAWN:
        return one.child.application.ended_at
    if one.state == OfferState.GIVEN_UP and one.answered_at is not None:
        return min((moment for moment in accepted if moment > one.answered_at), default=None)
    stay = getattr(one, "stay", None)
    return _midnight(stay.left_on) if one.state == OfferState.LEFT and stay is not None and stay.left_on else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _changed(rounds: Sequence[int]) -> Figure:
    standing = RoundDecision.objects.filter(round__in=rounds, taken_back_at__isnull=True)
    changed = standing.values("child").distinct().count()
    whole = RoundChild.objects.filter(round__in=rounds).count()
    figure = counts(
        "commission",
        _("Propositions changées par la commission"),
        _(
            "Dossiers des sessions de l’année sur lesquels la commission a pris une décision qui vaut (placer, garder, "
            "écarter, n’attribuer aucune place), et dossiers pour lesquels elle a suivi la proposition."
        ),
        _("Dossiers"),
        [(_("changés"), changed), (_("suivis"), whole - changed)],
        what=_("Dossiers"),
    )
    if min(changed, whole - changed) >= ENOUGH:
        figure.notes = [_("Part des dossiers changés : %(share)d %%.") % {"share": round(100 * changed / whole)}]
    return figure


def _contested(rounds: Sequence[int]) -> Figure:
    settled = RoundDecision.objects.filter(round__in=rounds, settles_claim=True, taken_back_at__isnull=True)
    number = settled.values("child").distinct().count()
    return counts(
        "contestees",
        _("Places contestées"),
        _(
            "Dossiers pour lesquels aucun ordre ne tranchait seul entre deux droits, et que la commission a tranchés "
            "avant son vote."
        ),
        _("Dossiers"),
        [(_("tranchés par la commission"), number)],
        what=_("Dossiers"),
        sums=False,
    )


def _time(rounds: Sequence[int]) -> Figure:
    """How long a commission looked at what a calculation proposes: a decision that people take (CJEU C-634/21)."""
    held = list(Round.objects.filter(pk__in=rounds).defer("file", "decided", "answer").order_by("meets_on", "pk"))
    spent, files = history.time_spent(held), history.files_of(held)
    rows = []
    numbers = [files.get(one.pk, 0) for one in held]
    # Their total stands above, beside what the commission changed.
    shown, _sum = hide_line(numbers)
    for one, number, told in zip(held, numbers, shown, strict=True):
        minutes = round(spent[one.pk].total_seconds() / 60)
        seconds = None if told is None else history.per_file(spent[one.pk], number)
        rows.append(Row(one.name, [told, minutes, seconds]))
    return Figure(
        "temps",
        _("Temps de la commission par dossier"),
        _(
            "Temps entre deux actions de la commission sur une session (la figer, décider, reprendre, se déporter, "
            "voter, publier), les pauses de plus de %(minutes)d minutes ôtées, partagé entre les dossiers de la "
            "session."
        )
        % {"minutes": history.PAUSE.total_seconds() // 60},
        _("Session"),
        [_("Dossiers"), _("Minutes"), _("Secondes par dossier")],
        rows,
        chart_of=2,
    )


def _appeals(rounds: Sequence[int]) -> Figure:
    numbers = Counter(Appeal.objects.filter(against__round__in=rounds).values_list("outcome", flat=True))
    return counts(
        "recours",
        _("Recours des familles"),
        _("Recours contre les réponses des sessions de l’année, et leur suite."),
        _("Suite"),
        [(_("en cours"), numbers[""]), *((str(one.label), numbers[one.value]) for one in AppealOutcome)],
        what=_("Recours"),
    )


# -- who gets a place ----------------------------------------------------------------------------------------------


Of = Callable[[ApplicationChild], bool]


def situations(rounds: Sequence[int]) -> list[Figure]:
    """Children answered by the rounds of the year, by situation: with a place accepted or offered, and without."""
    states = (*ADMITTED, *OPEN)
    placed = set(NurseryOffer.objects.filter(round__in=rounds, state__in=states).values_list("child", flat=True))
    answered = ApplicationChild.objects.filter(answers__round__in=rounds).distinct().select_related("application")
    children = list(answered.prefetch_related("application__parents__municipality").order_by("number"))
    of: dict[str, tuple[str, Of]] = {
        "parent-seul": (_("Parent seul"), lambda one: one.application.is_single_parent),
        "insertion": (_("Parcours d’insertion ou RSA"), lambda one: one.application.on_insertion_path),
        "handicap": (_("Dossier AEEH ou MDPH"), lambda one: one.has_disability),
        "parent-mineur": (_("Parent mineur"), lambda one: one.application.is_minor_parent),
    }
    found = []
    for code, (name, is_so) in of.items():
        lines = {_("oui"): [0, 0], _("non"): [0, 0]}
        for child in children:
            lines[_("oui") if is_so(child) else _("non")][child.pk not in placed] += 1
        found.append(_outcome(f"situation-{code}", _("Issue par situation : %(name)s") % {"name": name}, lines))
    towns: dict[str, list[int]] = {}
    for child in children:
        homes = [one.municipality.name for one in child.application.parents.all() if one.municipality is not None]
        towns.setdefault(homes[0] if homes else _("non dite"), [0, 0])[child.pk not in placed] += 1
    by_name = dict(sorted(towns.items(), key=lambda one: without_accents(one[0])))
    return [*found, _outcome("issues-communes", _("Issue par commune"), by_name)]


def _outcome(code: str, title: str, lines: Mapping[str, Sequence[int]]) -> Figure:
    return crossed(
        code,
        title,
        _(
            "Enfants auxquels les sessions de l’année ont répondu : avec une place proposée ou acceptée, ou sans. Une "
            "commune est celle du premier parent qui en a donné une."
        ),
        _("Situation ou commune"),
        [_("Avec une place"), _("Sans place")],
        list(lines.items()),
    )
