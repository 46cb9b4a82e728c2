"""Which version of a row a page showed, so that nothing is overwritten unseen."""

from django.db.models import Model
from django.db.models.expressions import RawSQL


def version_of(model: type[Model]) -> RawSQL:
    """The version of a row, as text: another one after every change, by whomever."""
    return RawSQL(f"{model._meta.db_table}.xmin::text", [])
