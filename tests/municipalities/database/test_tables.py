"""Tables made together: whichever points to which, and taken away again."""

import pytest
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from municipalities.database.tables import CreateTables

pytestmark = pytest.mark.django_db

#: The first points to one that is named after it.
TABLES = CreateTables(
    [
        CreateModel(
            "Leaf",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("branch", models.ForeignKey("feeds.branch", models.CASCADE)),
            ],
        ),
        CreateModel(
            "Branch",
            [("id", models.BigAutoField(primary_key=True)), ("leaves", models.ManyToManyField("feeds.leaf"))],
            {"constraints": [models.CheckConstraint(name="branch_is_positive", condition=models.Q(id__gt=0))]},
        ),
    ]
)
NAMES = {"feeds_leaf", "feeds_branch", "feeds_branch_leaves"}


def there() -> set[str]:
    return NAMES & {*connection.introspection.table_names()}


def test_tables_come_with_what_they_point_to_and_go_again() -> None:
    before, after = ProjectState(), ProjectState()
    assert after.apps.all_models["feeds"] == {}, "models that are built already follow"
    TABLES.state_forwards("feeds", after)
    with connection.schema_editor(atomic=False) as editor:
        TABLES.database_forwards("feeds", editor, before, after)
    assert there() == NAMES
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "feeds_leaf")
        ours = connection.introspection.get_constraints(cursor, "feeds_branch")
    assert ("feeds_branch", "id") in [found["foreign_key"] for found in constraints.values()]
    assert "branch_is_positive" in ours
    with connection.schema_editor(atomic=False) as editor:
        TABLES.database_backwards("feeds", editor, after, before)
    assert there() == set()


def test_it_says_what_it_makes() -> None:
    assert TABLES.describe() == "Create the tables of Leaf, Branch"
