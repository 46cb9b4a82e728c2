"""What the tests in this folder share."""

import pytest
from django.test import Client

from municipalities.models import Municipality
from tests import people
from tests.municipalities.test_staff_pages import _as


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    return _as(client, people.manager_of_municipality(rixheim))
