"""Who asks for a place, and who of them has none: children and wishes apart, never in one number.

All of it as on one day, the first of a month: two tables that are a day apart would tell of the one who came between
them age, town, days and work.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.nurseries.calendar_words import WEEK, say_half_day
from booking.nurseries.enums import HALF_DAYS, ApplicationState, CareKind
from booking.nurseries.figures.shapes import Figure, counts, crossed
from booking.nurseries.models import ApplicationChild, NurseryOffer, Wish
from booking.nurseries.models.offers import STANDING, OfferState
from booking.nurseries.models.requests import LIVE
from municipalities.wording import without_accents
from municipalities.zone import ZONE

#: Months of age at the first month asked for: until when, and how it is said.
AGES = ((0, 3), (3, 12), (12, 24), (24, 36))


@dataclass(frozen=True)
class Asking:
    """A child whose family asks for a place; None and "" where nothing was said."""

    number: int
    application: UUID
    age: int | None
    is_unborn: bool
    home: str
    work: str
    half_days: frozenset[str]
    kind: str
    has_odd_hours: bool
    has_place: bool


def asking(authorities: Iterable[int], on: date) -> list[Asking]:
    """Of requests to these authorities that had been received, and went on, as that day began."""
    moment = datetime(on.year, on.month, on.day, tzinfo=ZONE)
    went_on = Q(is_live=True, application__state__in=LIVE) | Q(lapsed_at__gte=moment)
    went_on |= Q(
        application__state__in=(ApplicationState.MERGED, ApplicationState.CLOSED), application__ended_at__gte=moment
    )
    children = ApplicationChild.objects.filter(
        went_on, application__received_at__lt=moment, application__authority__in=list(authorities)
    )
    offered = NurseryOffer.objects.filter(_stood(moment), made_at__lt=moment, child__in=children)
    placed = set(offered.values_list("child", flat=True))
    rows = children.select_related("member", "need").prefetch_related(
        "application__parents__municipality", "application__parents__works_in"
    )
    return [_asking(child, child.pk in placed, on) for child in rows.order_by("number")]


def _stood(moment: datetime) -> Q:
    """Offers that stood then, whatever became of them since: who gave one up has another."""
    since = Q(state=OfferState.DECLINED, answered_at__gte=moment)
    since |= Q(state=OfferState.OPERATOR_DECLINED, operator_at__gte=moment)
    since |= Q(state=OfferState.LAPSED, due_at__gte=moment)
    return since | Q(state__in=(*STANDING, OfferState.GIVEN_UP, OfferState.WITHDRAWN))


def _asking(child: ApplicationChild, has_place: bool, on: date) -> Asking:
    parents = list(child.application.parents.all())
    member, need = child.member, getattr(child, "need", None)
    day = member.born_on or member.expected_on
    homes = [one.municipality.name for one in parents if one.municipality is not None]
    works = [one.works_in.name for one in parents if one.works_in is not None]
    return Asking(
        number=child.number,
        application=child.application_id,
        age=months_between(day, need.start_month) if day is not None and need is not None else None,
        is_unborn=member.born_on is None or member.born_on >= on,
        home=homes[0] if homes else "",
        work=works[0] if works else "",
        half_days=frozenset(need.half_days if need is not None else ()),
        kind=need.kind if need is not None else "",
        has_odd_hours=any(one.has_odd_hours for one in parents),
        has_place=has_place,
    )


def months_between(born: date, month: date) -> int:
    return (month.year - born.year) * 12 + month.month - born.month


def age_of(months: int | None) -> str:
    """« 3 à 11 mois » at the first month asked for."""
    if months is None:
        return _("non dit")
    for first, end in AGES:
        if first <= months < end:
            return _("%(first)d à %(last)d mois") % {"first": first, "last": end - 1}
    return _("avant la naissance") if months < 0 else _("3 ans et plus")


def figures(children: Sequence[Asking]) -> list[Figure]:
    """All of the demand."""
    return [
        _children_and_wishes(children),
        _crossed(
            "ages",
            _("Demande et demande sans place, par âge"),
            _(
                "Enfants des demandes en cours, par âge au premier mois demandé. « Avec une place » : une proposition "
                "est en cours ou acceptée. « Sans place » : la demande non couverte."
            ),
            _("Âge à l’entrée"),
            children,
            lambda one: age_of(one.age),
            _ages(),
        ),
        _crossed(
            "communes",
            _("Demande et demande sans place, par commune"),
            _("Enfants des demandes en cours, par commune du premier parent qui en a donné une."),
            _("Commune"),
            children,
            lambda one: one.home or _("non dite"),
        ),
        _half_days(children),
        _crossed(
            "travail",
            _("Demande par commune de travail"),
            _("Enfants des demandes en cours, par commune de travail du premier parent qui en a donné une."),
            _("Commune de travail"),
            children,
            lambda one: one.work or _("non dite"),
        ),
        _parted(children),
        _kinds(children),
        _days(children),
    ]


def _ages() -> list[str]:
    return [age_of(-1), *(age_of(first) for first, _end in AGES), age_of(36), age_of(None)]


def _children_and_wishes(children: Sequence[Asking]) -> Figure:
    wishes = Wish.objects.filter(application__in={one.application for one in children})
    asked = wishes.count()
    families = wishes.values("application").distinct().count()
    lines = [(_("enfants"), len(children)), (_("familles"), families), (_("vœux"), asked)]
    return counts(
        "demandes",
        _("Enfants et vœux"),
        _(
            "Enfants des demandes reçues et en cours, chacun une fois ; familles qui classent des crèches ; vœux "
            "qu’elles classent. Un enfant a jusqu’à cinq vœux : additionner les vœux des crèches compterait des "
            "enfants plusieurs fois."
        ),
        _("Ce qui est compté"),
        lines,
        what=_("Nombre"),
        sums=False,
    )


def _crossed(
    code: str,
    title: str,
    definition: str,
    head: str,
    children: Sequence[Asking],
    name_of: Callable[[Asking], str],
    order: Sequence[str] = (),
) -> Figure:
    placed = Counter(name_of(one) for one in children if one.has_place)
    without = Counter(name_of(one) for one in children if not one.has_place)
    names = [name for name in order if name in placed or name in without] or sorted(
        {*placed, *without}, key=without_accents
    )
    return _by_place(code, title, definition, head, [(name, [without[name], placed[name]]) for name in names])


def _by_place(
    code: str, title: str, definition: str, head: str, lines: Sequence[tuple[str, list[int]]], *, sums: bool = True
) -> Figure:
    """Without a place and with one; where nobody has one yet, nothing is hidden for the sake of their none."""
    titles = [_("Sans place"), _("Avec une place")]
    if lines and not any(placed for _name, (_without, placed) in lines):
        alone = [(name, without) for name, (without, _placed) in lines]
        return counts(code, title, definition, head, alone, what=titles[0], sums=sums)
    return crossed(code, title, definition, head, titles, lines, sums=sums)


def _half_days(children: Sequence[Asking]) -> Figure:
    lines = []
    for day in HALF_DAYS:
        asked = [one for one in children if day in one.half_days]
        placed = sum(one.has_place for one in asked)
        lines.append((say_half_day(day).capitalize(), [len(asked) - placed, placed]))
    return _by_place(
        "demi-journees",
        _("Demande et demande sans place, par demi-journée"),
        _(
            "Enfants qui demandent cette demi-journée, ou l’accepteraient parmi d’autres. Un enfant compte à chacune "
            "des siennes : les lignes ne s’additionnent pas."
        ),
        _("Demi-journée"),
        lines,
        sums=False,
    )


def _parted(children: Sequence[Asking]) -> Figure:
    """Traits of the demand, each beside its contrary."""
    lines = [
        (_("enfants à naître"), sum(one.is_unborn for one in children)),
        (_("horaires décalés d’un parent"), sum(one.has_odd_hours for one in children)),
    ]
    return crossed(
        "besoins",
        _("À naître, horaires décalés"),
        _("Enfants des demandes en cours pour qui c’est vrai, et pour qui ce ne l’est pas."),
        _("Besoin"),
        [_("Oui"), _("Non")],
        [(name, [number, len(children) - number]) for name, number in lines],
        sums=False,
    )


def _kinds(children: Sequence[Asking]) -> Figure:
    numbers = Counter(one.kind for one in children)
    kinds = [(str(kind.label), numbers[kind]) for kind in CareKind]
    return counts(
        "accueils",
        _("Accueil demandé"),
        _("Enfants des demandes en cours, par sorte d’accueil."),
        _("Besoin"),
        [*kinds, (_("non dit"), numbers[""])],
        what=_("Enfants"),
    )


def _days(children: Sequence[Asking]) -> Figure:
    numbers = Counter(len({day[:3] for day in one.half_days}) for one in children)
    days = [
        (ngettext("%(number)d jour coché", "%(number)d jours cochés", number) % {"number": number}, numbers[number])
        for number in range(1, len(WEEK[:5]) + 1)
    ]
    return counts(
        "jours",
        _("Jours cochés"),
        _("Enfants des demandes en cours, par nombre de jours de leur semaine, ou de jours possibles."),
        _("Jours"),
        [*days, (_("non dit"), numbers[0])],
        what=_("Enfants"),
    )
