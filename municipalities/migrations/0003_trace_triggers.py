from django.db import migrations

from municipalities.audit import FUNCTION, trace


class Migration(migrations.Migration):
    """Every write to these tables is traced by the database from here on."""

    dependencies = [("municipalities", "0002_trace_drafts_delegations")]

    operations = [
        FUNCTION,
        trace("municipalities_municipality", masked=("logo",)),
        trace("municipalities_municipalitydraft", masked=("logo",), hidden=("changed_at", "changed_by_id")),
        trace("municipalities_operator"),
        trace("municipalities_facility"),
        trace("municipalities_closure"),
        trace("municipalities_staffmember", masked=("password",), hidden=("last_login",)),
        trace("municipalities_staffrole"),
    ]
