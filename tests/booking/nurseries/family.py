"""A family that asks for a place: what it types in each step, and a browser that walks through them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.models import Nursery, NurseryApplication
from booking.nurseries.requests.drafts import save_step, start_draft, version_of_step
from booking.nurseries.requests.sending import send
from booking.nurseries.requests.steps import Step
from municipalities.enums import OperatorKind
from municipalities.models import Operator
from tests.factories import MunicipalityFactory, NurseryFactory, OperatorFactory

MAIL = "famille@mail.example"


def agglomeration() -> Operator:
    found = Operator.objects.filter(kind=OperatorKind.AGGLOMERATION).first()
    return found or OperatorFactory.create(kind=OperatorKind.AGGLOMERATION, name="Agglomération d’essai")


def nurseries(number: int = 3) -> list[Nursery]:
    """In one town, under the authority that receives requests."""
    town = MunicipalityFactory.create(name="Rixheim", slug="rixheim")
    return [NurseryFactory.create(authority=agglomeration(), facility__municipality=town) for _n in range(number)]


def next_month(months: int = 3) -> str:
    day = timezone.localdate()
    number = day.year * 12 + day.month - 1 + months
    return f"{number // 12}-{number % 12 + 1:02}"


def born() -> date:
    return timezone.localdate() - timedelta(days=200)


def children(rank: int = 1, **said: str) -> dict[str, str]:
    told = {"given_name": "Ada", "family_name": "Meyer", "born_on": born().isoformat(), "current_care": "none"} | said
    return {f"c{rank}-{name}": value for name, value in told.items()}


def parents(**said: str) -> dict[str, str]:
    told = {
        "name": "Odile Meyer",
        "relation": "parent",
        "has_authority": "on",
        "address": "3 rue des Tilleuls",
        "home": "rixheim",
        "situation": "employed",
    } | said
    return {f"p1-{name}": value for name, value in told.items()} | {"h-dependent_children": "1"}


def week(rank: int = 1, **said: str) -> dict[str, str]:
    halves = {f"{day}_{half}": "on" for day in ("mon", "tue", "thu") for half in ("am", "pm")}
    told = {"kind": "regular", "start_month": next_month(), "later_months": "2", "mode": "week", "down_to": "2"}
    return {f"n{rank}-{name}": value for name, value in (told | halves | said).items() if value}


def wishes(*chosen: Nursery, **said: str) -> dict[str, Any]:
    ranked = {f"v-wish{rank}": nursery.facility.slug for rank, nursery in enumerate(chosen, 1)}
    return ranked | {"v-prefers": "wish", "v-needs_holidays": "on"} | {f"v-{name}": text for name, text in said.items()}


def begun(**said: Any) -> NurseryApplication:
    contact = {"email": MAIL, "phone": "", "language": "fr"} | said
    return start_draft(authority=agglomeration(), **contact)


def filled(draft: NurseryApplication, **steps: dict[str, Any]) -> NurseryApplication:
    """Keep these steps of a draft: by the name of their member of `Step`."""
    for name, said in steps.items():
        step = Step[name.upper()]
        data = {field: value if isinstance(value, list) else [value] for field, value in said.items() if value}
        draft = save_step(application=draft, step=step, data=data, seen=version_of_step(draft.draft.get(step)))
    return draft


def sent(*chosen: Nursery, child: dict[str, Any] | None = None, **said: Any) -> NurseryApplication:
    """A request that was received."""
    draft = begun(**said)
    draft = filled(
        draft,
        children=child or children(),
        parents=parents(),
        week=week(),
        wishes=wishes(*(chosen or nurseries())),
    )
    return send(application=draft)


class Family:
    """A browser without JavaScript."""

    def __init__(self) -> None:
        self.client = Client()

    def begin(self, **said: str) -> UUID:
        answer = self.client.post(reverse("nurseries:start"), {"email": MAIL, "phone": "", "language": "fr"} | said)
        assert answer.status_code == 302, answer.content.decode()
        return UUID(answer["Location"].split("/")[-3])

    def get(self, pk: UUID, step: str) -> Any:
        return self.client.get(reverse("nurseries:step", args=[pk, step]))

    def leave(self, pk: UUID, step: str, said: dict[str, Any], **more: str) -> Any:
        """Opens a step, then sends it."""
        shown = self.get(pk, step)
        return self.client.post(
            reverse("nurseries:step", args=[pk, step]), {"vu": shown.context["seen"], **said, **more}
        )


def page(answer: Any) -> str:
    text = answer.content.decode().replace("&#x27;", "'").replace("\xa0", " ").replace("&nbsp;", " ")
    return " ".join(str(text).split())
