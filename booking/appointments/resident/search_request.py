"""What a resident, or an agent for one, asks of the calendar: the address bar read into a search."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, AppointmentType
from booking.appointments.resident.forms.search import SearchForm, clean_query, read_home, read_people, read_type
from booking.appointments.resident.own import own_appointment
from booking.appointments.search.answers import Search, parse_token
from booking.appointments.search.choices import (
    facility_by_slug,
    home_municipalities,
    is_for_residents_alone,
    offered_types,
)
from booking.residents.browsers import signed_in_staff
from municipalities.forms.errors import ErrorRow
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.query_names import Param

DAYS_ASKED = (Param.FROM_DAY, Param.UNTIL_DAY)
#: The filters that say when, each of which may hide what is free.
WHEN = (*DAYS_ASKED, Param.WEEKDAYS, Param.NOT_BEFORE, Param.NOT_AFTER)


@dataclass
class Wanted:
    """For what, for how many and from where somebody asks: all that taking a start and confirming it need to know.

    `moving` is the appointment to be moved, when that is what is going on.
    """

    query: QueryDict
    staff: StaffMember | None
    moving: Appointment | None
    may_not_move: bool
    here: Municipality | None

    @property
    def preset_home(self) -> Municipality | None:
        return (self.moving and self.moving.home_municipality) or self.here

    @cached_property
    def _read(self) -> tuple[AppointmentType | None, int, Municipality | None] | None:
        home = self.preset_home
        try:
            if Param.HOME in self.query:
                home = read_home(self.query.get(Param.HOME, "").strip(), home_municipalities())
            kind = read_type(self.query.get(Param.TYPE, "").strip(), offered_types())
            return kind, read_people(self.query.get(Param.PEOPLE, "").strip()), home
        except ValidationError:
            return None

    @property
    def is_readable(self) -> bool:
        return self._read is not None

    @property
    def type(self) -> AppointmentType | None:
        if self.moving is not None:
            return self.moving.type
        return self._read[0] if self._read else None

    @property
    def people(self) -> int:
        if self.moving is not None:
            return self.moving.people_count
        return self._read[1] if self._read else 1

    @property
    def home(self) -> Municipality | None:
        return self._read[2] if self._read else None

    @property
    def viewer(self) -> Viewer:
        """An agent too has what residents have here: time kept for staff may want a reason, which the desk asks for."""
        return Viewer.resident(self.home)


@dataclass
class SearchRequest(Wanted):
    """One search with everything around it."""

    form: SearchForm
    types: list[AppointmentType]
    municipalities: list[Municipality]
    facilities: list[Facility]
    unknown_facilities: list[str]

    @property
    def type(self) -> AppointmentType | None:
        if self.moving is not None:
            return self.moving.type
        return self.form.cleaned_data.get("type") if self.form.is_valid() else None

    @property
    def is_readable(self) -> bool:
        """Whether every filter can be read. A move has its type and people from the appointment, whatever is typed."""
        of_the_appointment = {Param.TYPE, Param.PEOPLE} if self.moving is not None else set()
        return not set(self.form.errors) - of_the_appointment

    @property
    def people(self) -> int:
        if self.moving is not None:
            return self.moving.people_count
        return int(self.form.cleaned_data.get("personnes") or 1)

    @property
    def home(self) -> Municipality | None:
        found: Municipality | None = self.form.cleaned_data.get("commune")
        return found

    @property
    def home_slug(self) -> str:
        return self.home.slug if self.home else ""

    @cached_property
    def weekday_codes(self) -> list[str]:
        return [part for value in self.query.getlist(Param.WEEKDAYS) for part in value.split(",")]

    @cached_property
    def shown(self) -> dict[str, str]:
        """Dates and hours as their fields must have them: as typed when they cannot be read."""
        shown = {}
        for name in (*DAYS_ASKED, Param.NOT_BEFORE, Param.NOT_AFTER):
            typed = self.query.get(name, "")
            if typed and name not in self.form.errors:
                value = self.form.fields[name].clean(typed)
                typed = value.isoformat()[:10] if name in DAYS_ASKED else f"{value:%H:%M}"
            shown[name] = typed
        return shown

    @property
    def notices(self) -> list[str]:
        unknown = [
            _("« %(text)s » n’est pas une mairie du territoire.") % {"text": slug} for slug in self.unknown_facilities
        ]
        return [*self.form.notices, *unknown]

    @property
    def errors(self) -> list[ErrorRow]:
        """(id of the field, nobody, sentence), for the summary."""
        ids = {"jours": "jours-lun"}
        return [
            (ids.get(name, f"id_{name}"), "", str(sentence))
            for name in self.form.fields
            for sentence in self.form.errors.get(name, [])
        ]

    @property
    def month(self) -> date | None:
        """The month that was turned to, where no day is asked for."""
        data = self.form.cleaned_data
        return None if data.get(Param.DAY) else data.get(Param.MONTH)

    @property
    def asks_for_town(self) -> bool:
        """The answer depends on where one lives: whatever is free is kept for residents."""
        return (
            self.type is not None
            and not self.type.is_collection
            and self.moving is None
            and is_for_residents_alone(self.type)
        )

    @property
    def is_narrowed(self) -> bool:
        return any(self.query.get(name) for name in WHEN)

    @property
    def sort(self) -> str:
        return str(self.form.cleaned_data.get("tri") or "tot")

    def search(self) -> Search:
        """Only where the filters can be read and the type is known."""
        assert self.type is not None
        data = self.form.cleaned_data
        return Search(
            type=self.type,
            people=self.people,
            viewer=self.viewer,
            facilities=tuple(sorted(facility.pk for facility in self.facilities)) or None,
            from_day=data[Param.FROM_DAY],
            until_day=data[Param.UNTIL_DAY],
            weekdays=self.form.weekdays(),
            earliest=data[Param.NOT_BEFORE],
            latest=data[Param.NOT_AFTER],
            sort="nearest" if data[Param.ORDER] == "proche" else "soonest",
            day=data[Param.DAY],
            month=data[Param.MONTH],
        )

    def link(self, **changes: str | list[str] | None) -> str:
        """This search with some parameters changed (None: removed), as `?…`."""
        kept = {name: values for name, values in self.query.lists() if name not in changes}
        return "?" + urlencode(kept | {name: value for name, value in changes.items() if value is not None}, doseq=True)


def read_wanted(request: HttpRequest, data: QueryDict) -> Wanted:
    query = clean_query(data)
    moving, may_not_move = _moving(request, query)
    return Wanted(query, signed_in_staff(request), moving, may_not_move, getattr(request, "municipality", None))


def read(request: HttpRequest, data: QueryDict) -> SearchRequest:
    return search_around(read_wanted(request, data))


def search_around(wanted: Wanted) -> SearchRequest:
    """The whole search that is in the query of what is wanted."""
    query, moving = wanted.query, wanted.moving
    types, municipalities = offered_types(), home_municipalities()
    form = SearchForm(query, types=types, municipalities=municipalities, preset_home=wanted.preset_home)
    form.is_valid()
    slugs = [slug for slug in query.getlist(Param.TOWN_HALL) if slug]
    if moving is not None and moving.type.is_collection:
        facilities, unknown = [moving.facility], []
    else:
        known = facility_by_slug(slugs) if slugs else {}
        facilities, unknown = list(known.values()), [slug for slug in slugs if slug not in known]
    return SearchRequest(
        query=query,
        staff=wanted.staff,
        moving=moving,
        may_not_move=wanted.may_not_move,
        here=wanted.here,
        form=form,
        types=types,
        municipalities=municipalities,
        facilities=facilities,
        unknown_facilities=unknown,
    )


def slot_token(text: str) -> tuple[int | None, datetime] | None:
    """`12-202611240740`: facility 12 at that UTC minute; `0-…`: any town hall then. None when it is not one."""
    try:
        facility_id, starts_at = parse_token(text.strip())
    except ValueError:
        return None
    return facility_id or None, starts_at


def _moving(request: HttpRequest, query: QueryDict) -> tuple[Appointment | None, bool]:
    text = query.get(Param.MOVING)
    if not text:
        return None, False
    try:
        pk = UUID(text)
    except ValueError:
        return None, True
    appointment = own_appointment(request, pk)
    return appointment, appointment is None
