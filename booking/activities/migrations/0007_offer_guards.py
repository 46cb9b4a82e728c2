from django.db import migrations

from municipalities.audit import trace, untrace
from municipalities.database.cached import watch

#: As in 0002.
LANE_USES = trace("activities_laneuse", insert="NEW.series_id IS NULL", delete="OLD.series_id IS NULL")


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0006_seasons"),
    ]

    operations = [
        trace("activities_season"),
        trace("activities_activity"),
        trace("activities_window"),
        trace("activities_group"),
        trace("activities_group_lanes"),
        # What a group's rule comes to follows from it; what is done to one session by itself is told.
        trace(
            "activities_session",
            insert="NEW.planned_on IS NULL",
            update="NEW.is_moved OR NEW.called_off_at IS DISTINCT FROM OLD.called_off_at",
            delete="OLD.planned_on IS NULL",
        ),
        untrace(LANE_USES),
        trace(
            "activities_laneuse",
            insert="NEW.series_id IS NULL AND NEW.kind <> 'group'",
            update="NEW.kind <> 'group'",
            delete="OLD.series_id IS NULL AND OLD.kind <> 'group'",
        ),
        *(
            watch(f"activities_{table}")
            for table in ("season", "activity", "window", "group", "session", "basin", "pool")
        ),
    ]
