"""The desk of the demonstration's commission, looked through for any name of its families."""

import json
import re
from html import unescape

from django.urls import reverse

from booking.nurseries.models import ApplicationParent, NurseryOffer, Round
from booking.nurseries.rounds import minutes
from booking.residents.models import Member
from config.demo import commission
from municipalities.models import Facility, Municipality, Operator, StaffMember
from tests.rights.walk import signed_in


def told_by_the_desk(held: Round, frozen: Round) -> str:
    """Every kind of page and download of the desk for the chair, of both rounds, in one text."""
    client = signed_in(StaffMember.objects.get(email=commission.CHAIR))
    addresses = [reverse(name) for name in ("commission:rounds", "vacancies:vacancies", "vacancies:swaps")]
    addresses.append(reverse("replies:silent"))
    for round in (held, frozen):
        addresses += [reverse(f"commission:{name}", args=[round.pk]) for name in ("round", "file")]
        addresses.append(reverse("nurseries:draw", args=[round.pk]))
        some = round.nurseries.order_by("name").values_list("pk", flat=True)[:4]
        addresses += [reverse("commission:nursery", args=[pk]) for pk in some]
        some = round.children.order_by("-number").values_list("number", flat=True)[:4]
        addresses += [reverse("commission:child", args=[round.pk, one]) for one in some]
    told = [json.dumps(minutes.facts_of(round), ensure_ascii=False) for round in (held, frozen)]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        told += [address, unescape(answer.content.decode())]
    return "\n".join(told)


def nobody_is_named(told: str) -> None:
    """Neither a name, an address nor a mailbox of any family; what places and staff are called is no family's name."""
    assert str(NurseryOffer.objects.earliest("made_at").child.number) in told, "it is told by numbers"
    assert "@famille.example" not in told and "rue des Essais" not in told
    families = {name for row in Member.objects.values_list("given_name", "family_name") for name in row}
    families |= set(ApplicationParent.objects.values_list("name", flat=True))
    public = [*Facility.objects.values_list("name", flat=True), *Operator.objects.values_list("name", flat=True)]
    public += [
        *Municipality.objects.values_list("name", flat=True),
        *StaffMember.objects.values_list("name", flat=True),
    ]
    names = _words(" ".join(families)) - _words(" ".join(public)) - {"fictif", "fictive"}
    assert len(names) > 30
    assert names & _words(told) == set()


def _words(text: str) -> set[str]:
    """Those that begin as names do."""
    return {word for word in re.findall(r"[\w’'-]+", text) if word[:1].isupper() and len(word) > 2}
