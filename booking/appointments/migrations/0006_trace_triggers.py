from django.db import migrations

from municipalities.audit import trace


class Migration(migrations.Migration):
    """Every write to these tables is traced by the database from here on. Holds are nobody's appointment yet."""

    dependencies = [
        ("appointments", "0005_busy_calendars"),
        ("municipalities", "0003_trace_triggers"),
    ]

    operations = [
        trace(
            "appointments_appointment",
            hidden=("calendar_entry", "browser_hash", "address_hash", "changed_at", "sequence", "expires_at"),
            insert="NEW.state <> 'held'",
            update="NEW.state <> 'held'",
            delete="OLD.state <> 'held'",
        ),
        trace("appointments_appointmentperson"),
        trace("appointments_waitinglistentry", masked=("email", "phone")),
        trace("appointments_counter", hidden=("free_until",)),
        trace("appointments_counter_types"),
        trace("appointments_openingperiod"),
        trace("appointments_openingperiod_types"),
        # What comes from a calendar kept elsewhere is nobody's writing here.
        trace(
            "appointments_counterclosure",
            insert="NEW.busy_calendar_id IS NULL",
            update="NEW.busy_calendar_id IS NULL",
            delete="OLD.busy_calendar_id IS NULL",
        ),
        # What the worker notes at every reading is not a person's doing either.
        trace(
            "appointments_busycalendar",
            masked=("address",),
            hidden=(
                "due_at",
                "last_fetched_at",
                "last_read_at",
                "last_ok_at",
                "last_error",
                "etag",
                "modified",
                "blocked_count",
            ),
        ),
        trace("appointments_appointmenttype"),
        trace("appointments_calendarpool"),
        trace("appointments_calendarpool_types"),
        trace("appointments_poolshare"),
        trace("appointments_releasepolicy"),
        trace("appointments_duration"),
        trace("appointments_requireddocument"),
        trace("appointments_requireddocument_types"),
        trace("appointments_fee"),
        trace("appointments_fee_types"),
    ]
