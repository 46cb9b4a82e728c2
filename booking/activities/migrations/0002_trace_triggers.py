from django.db import migrations

from municipalities.audit import trace


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0001_water"),
        ("municipalities", "0003_trace_triggers"),
    ]

    operations = [
        trace("activities_pool"),
        trace("activities_basin"),
        trace("activities_lane"),
        trace("activities_schoolholiday"),
        trace("activities_useseries"),
        trace("activities_useseries_lanes"),
        # What a series comes to follows from it; what stands alone, and every change by hand, is told.
        trace("activities_laneuse", insert="NEW.series_id IS NULL", delete="OLD.series_id IS NULL"),
    ]
