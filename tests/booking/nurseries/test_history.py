"""The public page of rules: the grid, the draw before the deadline, what commissions changed, how long they took."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.nurseries.answers import publishing
from booking.nurseries.models import DecisionKind, Round
from booking.nurseries.rounds import deciding, history
from municipalities.zone import ZONE
from tests.booking.nurseries.commission import make_commission, published
from tests.booking.nurseries.test_rounds import vote_all

pytestmark = pytest.mark.django_db


def rules() -> str:
    answer = Client().get(reverse("nurseries:rules"))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def test_pauses_are_no_time_at_work() -> None:
    nine = datetime(2027, 5, 3, 9, tzinfo=ZONE)
    moments = [nine + timedelta(minutes=minutes) for minutes in (85, 0, 25, 80, 10)]
    assert history.at_work(moments) == timedelta(minutes=30)
    assert history.at_work([]) == history.at_work(moments[:1]) == timedelta()
    assert (history.per_file(timedelta(minutes=30), 20), history.per_file(timedelta(minutes=1), 0)) == (90, 0)


def test_the_rules_lead_to_the_grid_and_to_the_draw_before_it_is_known() -> None:
    commission = make_commission()
    round = commission.announced()
    page = rules()
    assert commission.grid.name in page and f'href="{reverse("nurseries:points")}#titre-grille"' in page
    draw = reverse("nurseries:draw", args=[round.pk])
    assert f'href="{draw}"' in page
    assert round.seed_hash in Client().get(draw).content.decode()


@pytest.mark.parametrize(("refused", "said"), [(0, None), (4, None), (5, "5 (42 %)"), (8, None)])
def test_the_rules_tell_what_the_commission_changed_unless_it_is_few(refused: int, said: str | None) -> None:
    """Of twelve files; few is what was changed, or what was not."""
    commission = make_commission()
    for points in range(12, 0, -1):
        commission.ask(commission.lutins, points=points)
    round = commission.frozen()
    facts: dict[str, Any] = {"round": round, "kind": DecisionKind.REFUSE, "reason": "déménage", "by": commission.chair}
    for version, child in enumerate(commission.asked[:refused], 1):
        deciding.decide(version=version, number=child.number, **facts)
    vote_all(round, commission)
    publishing.publish(round=Round.objects.get(pk=round.pk), by=commission.chair)
    page = rules()
    assert "12, dont 2 avec une place" in page and "réponse juste" in page
    assert Round.objects.get().decided_digest in page
    assert ("Dossiers changés par la commission</dt> <dd> trop peu" in page) is (said is None)
    assert said is None or f"<dd> {said} </dd>" in page


def test_before_any_round_nothing_is_told_of_them() -> None:
    assert 'id="sessions"' not in rules()


def test_the_rules_cost_as_many_queries_whatever_was_held(django_assert_max_num_queries: Any) -> None:
    commission = make_commission()
    for points in range(3):
        commission.ask(commission.lutins, points=points)
    published(commission)
    rules()
    with django_assert_max_num_queries(20):
        rules()
