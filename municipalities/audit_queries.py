"""What the trace says, with the names of the things it speaks of. Read only."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import connection, models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from municipalities import services
from municipalities.models import AuditEntry, Municipality, ReadTrace, StaffMember, Verb
from municipalities.wording import say_day, say_moment, say_period, say_time

PER_PAGE = 50
#: So many writes at most are read for one page of acts: one act may have written thousands.
READ_AT_MOST = 400
#: The two instants of a range as PostgreSQL writes it.
_BOUNDS = re.compile(r'"([^"]+)"')
#: What columns without a name of their own are called here.
LABELS = {
    "position": _lazy("ordre"),
    "holds_number": _lazy("retient son numéro"),
    "purged_at": _lazy("identité effacée le"),
    "data": _lazy("secret"),
}
#: What tables of libraries are called here.
KINDS = {"mfa_authenticator": _lazy("Second facteur")}
#: Columns by which an object is looked for, where its table has them.
NAMED_BY = ("reference", "name", "email", "code", "slug")


@dataclass(frozen=True)
class TraceRequest:
    """What the auditor looks for; empty means all. `before` is the id from which the page goes back."""

    who: str = ""
    since: date | None = None
    until: date | None = None
    table: str = ""
    named: str = ""
    before: int | None = None


@dataclass(frozen=True)
class FieldLine:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeLine:
    change: AuditEntry
    kind: str
    name: str
    fields: list[FieldLine] = field(default_factory=list)


@dataclass(frozen=True)
class Act:
    """All that one request, task or command wrote, newest first. `goes_on`: the page after has more of it."""

    lines: list[ChangeLine]
    goes_on: bool = False

    @property
    def change(self) -> AuditEntry:
        return self.lines[0].change

    @property
    def summary(self) -> list[tuple[str, str, int]]:
        """What kind of thing, its name where it is one alone, and how many of them, the most important first."""
        by_kind: dict[str, list[ChangeLine]] = {}
        for line in self.lines:
            by_kind.setdefault(line.kind, []).append(line)
        return [
            (kind, lines[0].name if len({line.change.object_id for line in lines}) == 1 else "", len(lines))
            for kind, lines in by_kind.items()
        ]


@dataclass(frozen=True)
class ReadingLine:
    reading: ReadTrace
    file: str


def traced_models() -> dict[str, type[models.Model]]:
    """The tables that carry the trigger, as the database itself says, with their models; by their French name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'guichet_trace_update' AND c.relnamespace = current_schema::regnamespace"
        )
        tables = {row[0] for row in cursor.fetchall()}
    found = {model._meta.db_table: model for model in _models() if model._meta.db_table in tables}
    return dict(sorted(found.items(), key=lambda item: kind_of(item[1])))


def _models() -> Iterable[type[models.Model]]:
    return apps.get_models(include_auto_created=True)


def kind_of(model: type[models.Model]) -> str:
    """« Guichet », « Guichet : motifs servis »."""
    auto = model._meta.auto_created
    if auto:
        owner: type[models.Model] = auto  # type: ignore[assignment]
        link = next(one for one in owner._meta.many_to_many if one.remote_field.through is model)
        return f"{_capital(str(owner._meta.verbose_name))} : {link.verbose_name}"
    return str(KINDS.get(model._meta.db_table) or _capital(str(model._meta.verbose_name)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def changes(asked: TraceRequest) -> tuple[list[Act], int | None]:
    """One page of acts, newest first, and the id from which the next page goes on (None: the end)."""
    known = traced_models()
    rows = _within(AuditEntry.objects.all(), asked)
    if asked.table:
        rows = rows.filter(table=asked.table)
    if asked.named:
        rows = rows.filter(_objects(asked, known))
    if asked.before is not None:
        rows = rows.filter(pk__lt=asked.before)
    found = list(rows.select_related("staff").order_by("-pk")[: READ_AT_MOST + 1])
    has_more = len(found) > READ_AT_MOST
    return _acts(found[:READ_AT_MOST], has_more, known)


def _acts(rows: list[AuditEntry], has_more: bool, known: dict[str, type[models.Model]]) -> tuple[list[Act], int | None]:
    """The first acts of these rows. What several people write at once lies mixed among them."""
    groups: dict[object, list[AuditEntry]] = {}
    taken = 0
    for row in rows:
        key = row.request or (row.at, row.staff_id, row.channel)
        if key not in groups and len(groups) == PER_PAGE:
            break
        groups.setdefault(key, []).append(row)
        taken += 1
    page = rows[:taken]
    lines = {line.change.pk: line for line in _lines(page, known)}
    is_cut = has_more and taken == len(rows)
    last = page[-1].pk if page else None
    acts = [Act([lines[row.pk] for row in group], goes_on=is_cut and group[-1].pk == last) for group in groups.values()]
    return acts, last if has_more or taken < len(rows) else None


def readings(asked: TraceRequest) -> tuple[list[ReadingLine], int | None]:
    rows = _within(ReadTrace.objects.all(), asked)
    if asked.named:
        found = [Q(subject_type=one.type, subject_id__in=one.look_up(asked.named)) for one in services.subjects()]
        rows = rows.filter(Q(*found, _connector=Q.OR)) if found else rows.none()
    page, following = _page(rows.select_related("staff", "facility"), asked)
    names: dict[UUID, str] = {}
    for subject in services.subjects():
        ids = [row.subject_id for row in page if row.subject_id and row.subject_type == subject.type]
        names |= {pk: f"{subject.label} {name}" for pk, name in subject.names(ids).items()} if ids else {}
    return [ReadingLine(row, names.get(row.subject_id, "") if row.subject_id else "") for row in page], following


Row = TypeVar("Row", AuditEntry, ReadTrace)


def _within(rows: QuerySet[Row], asked: TraceRequest) -> QuerySet[Row]:
    if asked.who:
        people = StaffMember.objects.filter(Q(name__icontains=asked.who) | Q(email__icontains=asked.who))
        rows = rows.filter(staff__in=list(people.values_list("pk", flat=True)))
    if asked.since:
        rows = rows.filter(at__gte=_midnight(asked.since))
    if asked.until:
        rows = rows.filter(at__lt=_midnight(asked.until + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _page(rows: QuerySet[Row], asked: TraceRequest) -> tuple[list[Row], int | None]:
    if asked.before is not None:
        rows = rows.filter(pk__lt=asked.before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    return found[:PER_PAGE], found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None


def _objects(asked: TraceRequest, known: dict[str, type[models.Model]]) -> Q:
    """Objects of that number, name or reference, in the table asked for or in all."""
    wanted = Q(object_id=asked.named)
    for table, model in known.items():
        if asked.table and table != asked.table:
            continue
        columns = [name for name in NAMED_BY if any(one.name == name for one in model._meta.concrete_fields)]
        condition = Q(*[(f"{name}__icontains", asked.named) for name in columns], _connector=Q.OR)
        if columns:
            ids = model._default_manager.filter(condition).values_list("pk", flat=True)[:200]
            wanted |= Q(table=table, object_id__in=[str(one) for one in ids])
    return wanted


def lines_of(rows: Sequence[AuditEntry]) -> list[ChangeLine]:
    """Rows that somebody else has chosen, with the names of what they speak of."""
    return _lines(list(rows), traced_models())


def _lines(rows: list[AuditEntry], known: dict[str, type[models.Model]]) -> list[ChangeLine]:
    names = _Names(rows, known)
    told = []
    for row in rows:
        model = known.get(row.table)
        kind = kind_of(model) if model else row.table
        told.append(ChangeLine(row, kind, names.of(row.table, row.object_id), names.fields(row, model)))
    return told


def _flat(value: Any) -> str:
    """Texts by language, lists, and the fields of a draft, in one line."""
    if isinstance(value, dict):
        named = {column.name: _capital(str(column.verbose_name)) for column in Municipality._meta.concrete_fields}
        return " · ".join(f"{named.get(name, name)} : {_flat(one)}" for name, one in value.items() if one)
    if isinstance(value, list):
        return ", ".join(_flat(one) for one in value)
    return str(value)


class _Names:
    """Names of objects and of what their columns point to: one query per table that the page speaks of."""

    def __init__(self, rows: list[AuditEntry], known: dict[str, type[models.Model]]) -> None:
        wanted: dict[type[models.Model], set[Any]] = {}
        for row in rows:
            model = known.get(row.table)
            if model is None:
                continue
            wanted.setdefault(model, set()).add(row.object_id)
            for values in (row.before, row.after):
                for column, value in (values or {}).items():
                    target = self._target(model, column)
                    if target is not None and value is not None:
                        wanted.setdefault(target, set()).add(str(value))
        self._names: dict[type[models.Model], dict[str, str]] = {}
        for model, ids in wanted.items():
            if model._meta.auto_created:
                continue  # a row that only ties two others together has no name; its columns say which
            rows_of = model._default_manager.filter(pk__in=ids)
            links = [one.name for one in model._meta.concrete_fields if one.is_relation and not one.null]
            self._names[model] = {str(one.pk): str(one) for one in rows_of.select_related(*links)}
        self._known = known

    def of(self, table: str, object_id: str) -> str:
        model = self._known.get(table)
        return self._names.get(model, {}).get(object_id, "") if model else ""

    def fields(self, row: AuditEntry, model: type[models.Model] | None) -> list[FieldLine]:
        columns = sorted({*(row.before or {}), *(row.after or {})}, key=lambda name: self._order(model, name))
        lines = []
        for column in columns:
            if column == "id":
                continue
            before = self._value(model, column, (row.before or {}).get(column)) if row.verb != Verb.INSERT else ""
            after = self._value(model, column, (row.after or {}).get(column)) if row.verb != Verb.DELETE else ""
            if before or after:
                lines.append(FieldLine(self._label(model, column), before, after))
        return lines

    @staticmethod
    def _field(model: type[models.Model] | None, column: str) -> Any:
        if model is None:
            return None
        return next((one for one in model._meta.concrete_fields if one.column == column), None)

    def _order(self, model: type[models.Model] | None, column: str) -> int:
        columns = [one.column for one in model._meta.concrete_fields] if model else []
        return columns.index(column) if column in columns else 999

    def _target(self, model: type[models.Model] | None, column: str) -> type[models.Model] | None:
        found = self._field(model, column)
        return found.related_model if found is not None and found.is_relation else None

    def _label(self, model: type[models.Model] | None, column: str) -> str:
        found = self._field(model, column)
        if found is None:
            return column
        if found.verbose_name == found.name.replace("_", " ") and found.is_relation:
            return _capital(str(found.related_model._meta.verbose_name))
        return _capital(str(LABELS.get(found.name, found.verbose_name)))

    def _value(self, model: type[models.Model] | None, column: str, value: Any) -> str:
        found = self._field(model, column)
        if value is None or value == "" or value == [] or value == {}:
            return ""
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        target = self._target(model, column)
        if target is not None:
            name = self._names.get(target, {}).get(str(value), "")
            return name or _("n° %(number)s") % {"number": value}
        choices = dict(found.flatchoices) if found is not None else {}
        if not isinstance(value, dict | list) and value in choices:
            return str(choices[value])
        if isinstance(value, dict | list):
            return _flat(value)
        if isinstance(found, models.DateTimeField):
            moment = parse_datetime(str(value))
            return say_moment(moment) if moment else str(value)
        if isinstance(found, models.DateField):
            day = parse_date(str(value))
            return say_day(day) if day else str(value)
        if isinstance(found, models.TimeField):
            hour = parse_time(str(value))
            return say_time(hour) if hour else str(value)
        if isinstance(found, DateTimeRangeField):
            ends = [parse_datetime(text) for text in _BOUNDS.findall(str(value))]
            return say_period(ends[0], ends[1]) if len(ends) == 2 and ends[0] and ends[1] else str(value)
        return str(value)
