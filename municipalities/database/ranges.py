"""Ranges made of columns, for constraints."""

from collections.abc import Sequence

from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField
from django.db.models import Func


class TsTzRange(Func):
    """`[starts_at, ends_at)`."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class DateRange(Func):
    """`[from, until]` of dates, open-ended when until is null."""

    function = "daterange"
    arity = 3


class WeeksOfARound(Func):
    """The weeks, of twelve, in which a rule of every `n` weeks holds that is counted from the week of a date.

    Takes `n` and the date; `n` is one to four, each of which divides twelve. Counted from a Monday, 1 January 2001.
    """

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def,override]
        every, since = (compiler.compile(source) for source in self.source_expressions)
        sql = "int4multirange(int4range(0, 12))"
        params: list[object] = []
        for n in (4, 3, 2):
            # mod() and no percent sign: Django formats this text when it makes the constraint.
            first = f"mod((({since[0]})::date - DATE '2001-01-01') / 7, {n})"
            weeks = [f"int4range({first} + {turn}, {first} + {turn + 1})" for turn in range(0, 12, n)]
            sql = f"CASE WHEN ({every[0]})::integer = {n} THEN int4multirange({', '.join(weeks)}) ELSE {sql} END"
            params = [*every[1], *since[1] * (2 * len(weeks)), *params]
        return f"({sql})", params


class PlacesOfAMonth(Func):
    """Which of the five times a weekday comes in a month: all for null, the fourth and the fifth for -1, the last."""

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def,override]
        ((sql, params),) = (compiler.compile(source) for source in self.source_expressions)
        sql = f"({sql})::integer"
        said = f"CASE WHEN {sql} IS NULL THEN int4range(1, 6) WHEN {sql} = -1 THEN int4range(4, 6) "
        return f"({said}ELSE int4range({sql}, {sql} + 1) END)", [*params] * 4


class MinuteRange(Func):
    """`[start, end)` of two times of day, in minutes. Built of immutable functions only, as an index demands."""

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def,override]
        parts, params = [], []
        for source in self.source_expressions:
            sql, more = compiler.compile(source)
            parts.append(f"((extract(hour from {sql}) * 60 + extract(minute from {sql}))::integer)")
            params += [*more, *more]
        return f"int4range({', '.join(parts)}, '[)')", params


class WholeNumbers(Func):
    """`[low, high)` of whole numbers, without end when high is null."""

    function = "int4range"
    arity = 2
    output_field = IntegerRangeField()


class OneOrAll(Func):
    """A choice among `each` as a range, in which the choice `all` overlaps every one of them and they no other.

    With it a constraint sees that a row for everybody and a row for some meet.
    """

    def __init__(self, column: object, *, each: Sequence[str]) -> None:
        super().__init__(column)
        self.each = tuple(each)

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def,override]
        ((sql, params),) = (compiler.compile(source) for source in self.source_expressions)
        cases, values = "", []
        for place, one in enumerate(self.each):
            cases += f" WHEN %s THEN int4range({place}, {place + 1})"
            values.append(one)
        return f"(CASE {sql}{cases} ELSE int4range(0, {len(self.each)}) END)", [*params, *values]
