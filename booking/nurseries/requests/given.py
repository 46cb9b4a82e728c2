"""What a family's request says, as values: between the forms that ask it and the rows that keep it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from booking.nurseries.enums import CareKind, CurrentCare, NeedMode, Prefers
from booking.nurseries.models import ApplicationChild, NurseryApplication
from booking.nurseries.requests.days import Sets, in_order, sets_of


@dataclass(frozen=True)
class GivenNeed:
    """`hours` by day: from and until, as 08:30."""

    start_month: date
    half_days: tuple[str, ...]
    kind: str = CareKind.REGULAR
    later_months: int = 0
    mode: str = NeedMode.WEEK
    any_of: int | None = None
    down_to: int | None = None
    hours: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def sets(self) -> Sets:
        return sets_of(self.half_days, any_of=self.any_of, down_to=self.down_to)


@dataclass(frozen=True)
class GivenChild:
    """`rank` names the child within the request, from 1 on, and stays theirs."""

    rank: int
    given_name: str = ""
    family_name: str = ""
    born_on: date | None = None
    expected_on: date | None = None
    is_adopted: bool = False
    has_disability: bool = False
    wants_to_talk: bool = False
    current_care: str = CurrentCare.NONE
    need: GivenNeed | None = None

    @property
    def day(self) -> date:
        """Of birth, or when it is expected."""
        day = self.born_on or self.expected_on
        assert day is not None
        return day


@dataclass(frozen=True)
class GivenParent:
    """Municipalities by slug, empty for one elsewhere."""

    name: str
    relation: str
    situation: str
    has_authority: bool = True
    address: str = ""
    home: str = ""
    works_in: str = ""
    has_odd_hours: bool = False
    works_from: date | None = None


@dataclass(frozen=True)
class Given:
    """Nurseries are facility slugs, in order of preference; towns are slugs."""

    children: tuple[GivenChild, ...]
    parents: tuple[GivenParent, ...]
    wishes: tuple[str, ...]
    towns: tuple[str, ...] = ()
    otherwise: str = ""
    sibling_at: str = ""
    prefers: str = Prefers.WISH
    needs_holidays: bool = True
    is_single_parent: bool = False
    is_minor_parent: bool = False
    on_insertion_path: bool = False
    dependent_children: int = 0


def given_of(application: NurseryApplication) -> Given:
    """What the rows of a request that was sent say."""
    return Given(
        children=tuple(
            _child(one)
            for one in application.children.filter(is_live=True).select_related("member", "need").order_by("rank")
        ),
        parents=tuple(
            GivenParent(
                name=one.name,
                relation=one.relation,
                situation=one.situation,
                has_authority=one.has_authority,
                address=one.address,
                home=one.municipality.slug if one.municipality else "",
                works_in=one.works_in.slug if one.works_in else "",
                has_odd_hours=one.has_odd_hours,
                works_from=one.works_from,
            )
            for one in application.parents.select_related("municipality", "works_in").order_by("rank")
        ),
        wishes=tuple(application.wishes.order_by("rank").values_list("nursery__facility__slug", flat=True)),
        towns=tuple(application.towns.order_by("municipality__slug").values_list("municipality__slug", flat=True)),
        otherwise=application.otherwise,
        sibling_at=application.sibling_at.facility.slug if application.sibling_at else "",
        prefers=application.prefers,
        needs_holidays=application.needs_holidays,
        is_single_parent=application.is_single_parent,
        is_minor_parent=application.is_minor_parent,
        on_insertion_path=application.on_insertion_path,
        dependent_children=application.dependent_children,
    )


def _child(one: ApplicationChild) -> GivenChild:
    need = one.need
    return GivenChild(
        rank=one.rank,
        given_name=one.member.given_name,
        family_name=one.member.family_name,
        born_on=one.member.born_on,
        expected_on=one.member.expected_on,
        is_adopted=one.is_adopted,
        has_disability=one.has_disability,
        wants_to_talk=one.wants_to_talk,
        current_care=one.current_care,
        need=GivenNeed(
            start_month=need.start_month,
            half_days=in_order(need.half_days),
            kind=need.kind,
            later_months=need.later_months,
            mode=need.mode,
            any_of=need.any_of,
            down_to=need.down_to,
            hours=need.hours,
        ),
    )
