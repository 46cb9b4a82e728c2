"""Builds the database of the tests from the migrations, and a copy for each of their processes.

A check of `run.py test`: half a minute that each part of the tests would otherwise spend again, under coverage.
"""

import django
from django.db import connection

#: What pytest-xdist calls its processes; pytest-django ends the names of their databases with it.
PROCESSES = ("gw0", "gw1")


def main() -> None:
    django.setup()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    for process in PROCESSES:
        connection.creation.clone_test_db(suffix=process, verbosity=0, autoclobber=True)
    connection.close()


if __name__ == "__main__":
    main()
