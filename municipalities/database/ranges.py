"""Ranges made of columns, for constraints."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import Func


class TsTzRange(Func):
    """`[starts_at, ends_at)`."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class DateRange(Func):
    """`[from, until]` of dates, open-ended when until is null."""

    function = "daterange"
    arity = 3


class MinuteRange(Func):
    """`[start, end)` of two times of day, in minutes. Built of immutable functions only, as an index demands."""

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def,override]
        parts, params = [], []
        for source in self.source_expressions:
            sql, more = compiler.compile(source)
            parts.append(f"((extract(hour from {sql}) * 60 + extract(minute from {sql}))::integer)")
            params += [*more, *more]
        return f"int4range({', '.join(parts)}, '[)')", params
