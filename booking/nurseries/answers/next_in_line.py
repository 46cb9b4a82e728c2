"""Who is next for a place that came back: the same rule over the same file, where all that was given stays.

What stands (asked, accepted, held) is a lock; who declined or stayed silent is out of that nursery, or of the round.
The engine's answer then names the next, and its operator is asked. Nothing is sent while a claim is contested.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from booking.nurseries.answers.making import make_offers
from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import ApplicationChild, NurseryOffer, OwnPlace, Round, RoundNursery
from booking.nurseries.models.offers import STANDING, OfferState
from booking.nurseries.rounds import files, offered
from booking.nurseries.rounds.files import CannotBeAnswered
from municipalities.database.transactions import Busy, patient_transaction

Json = dict[str, Any]
#: The worker passes places on every minute: what still lies here after so long waits for a person.
PASSED_WITHIN = timedelta(minutes=10)


def pass_on() -> int:
    """Offer every place that came back to the next in line. Returns how many offers were made.

    For the worker; safe to run anywhere, any number of times: the round's row is held, and the database lets no child
    have two open offers.
    """
    made = 0
    freed = NurseryOffer.objects.filter(freed_at__isnull=False)
    for operator_id in list(freed.values_list("round__operator", flat=True).distinct()):
        latest = latest_of(operator_id)
        if latest is None:
            continue
        try:
            with patient_transaction():
                made += _pass_on(Round.objects.select_for_update().get(pk=latest))
        except Busy:
            continue
    return made


def latest_of(operator_id: int) -> int | None:
    """The round whose list was voted last: whatever round a place was given in, it goes on by that one."""
    published = Round.objects.published().filter(operator=operator_id).order_by("-published_at")
    return published.values_list("pk", flat=True).first()


def _pass_on(round: Round) -> int:
    freed = NurseryOffer.objects.filter(round__operator=round.operator_id, freed_at__isnull=False)
    ids = list(freed.values_list("pk", flat=True))
    if not ids:
        return 0
    file = file_of_today(round)
    if not file["months"]:
        return 0  # nothing of this round is to come: the next one shares these places out
    try:
        answer = files.answer_to(file)
    except CannotBeAnswered:
        return 0  # what stands no longer fits together: a person looks, the places stay noted
    if answer["contested"]:
        return 0
    made = make_offers(round, file, answer)
    NurseryOffer.objects.filter(pk__in=ids).update(freed_at=None)
    return made


def held_up(operators: Iterable[int]) -> int:
    """Places that came back a while ago and went to nobody, though months of their round are to come.

    A claim to one of them is contested, or what stands fits together no more: a person looks.
    """
    before = timezone.now() - PASSED_WITHIN
    found = 0
    for operator_id in operators:
        latest = latest_of(operator_id)
        round = Round.objects.only("first_month", "month_count").get(pk=latest) if latest is not None else None
        if round is not None and next_month() <= _last_month(round):
            freed = NurseryOffer.objects.filter(round__operator=operator_id, freed_at__lt=before)
            found += freed.count()
    return found


def _last_month(round: Round) -> str:
    months = round.first_month.year * 12 + round.first_month.month - 2 + round.month_count
    return f"{months // 12}-{months % 12 + 1:02}"


def file_of_today(round: Round) -> Json:
    """The round's file as things stand, from the next month on: what was given as locks, who is out excluded, who left
    not in it. Its places are those that were frozen; without months nothing of it is to come.
    """
    file = since(json.loads(round.decided), next_month())
    return as_things_stand(round, file) if file["months"] else file


def next_month(today: date | None = None) -> str:
    """« 2027-10 »: nobody is asked to begin in a month that is half over."""
    first = (today or timezone.localdate()).replace(day=1)
    return f"{first + timedelta(days=32):%Y-%m}"


def since(file: Json, month: str) -> Json:
    """The file from a month on. Pure.

    Whoever wanted to begin earlier still waits, and may begin with it; whoever is too old by then is out of it.
    """
    months = [one for one in file["months"] if one >= month]
    gone = len(file["months"]) - len(months)
    if not gone or not months:
        return {**file, "months": months}
    children = {}
    for number, one in file["children"].items():
        if one.get("until") is None or one["until"] >= months[0]:
            starts = list(dict.fromkeys(max(start, months[0]) for start in one["starts"]))
            children[number] = one | {"starts": starts, "bands": _from(one["bands"], gone)}
    facilities = {}
    for name, one in file["facilities"].items():
        staying = [line for line in one.get("present", []) if line.get("until") is None or line["until"] >= months[0]]
        present = [line | {"bands": _from(line["bands"], gone)} for line in staying]
        limits = {key: _from(one[key], gone) for key in ("authorised", "overshoot", "sections", "adults") if key in one}
        facilities[name] = one | limits | {"present": present}
    locks = {number: lock | {"start": max(lock["start"], months[0])} for number, lock in file.get("locks", {}).items()}
    return _without({**file, "months": months, "children": children, "facilities": facilities, "locks": locks})


def _from(value: Any, number: int) -> Any:
    """What is said month by month, without the first ones."""
    return value[number:] if isinstance(value, list) else value


def as_things_stand(round: Round, file: Json) -> Json:
    """The file with what stands as locks, who is out excluded, and without those whose request is over."""
    gone = _gone(file)
    left = {number: one for number, one in file["children"].items() if number not in gone}
    file = _without({**file, "children": _holding(left)})
    offers = list(NurseryOffer.objects.filter(round=round).select_related("child"))
    names = dict(RoundNursery.objects.filter(round=round).values_list("nursery", "name"))
    standing = {str(offer.child.number) for offer in offers if offer.state in STANDING}
    # A decision of the commission that was offered and came back binds nobody any more.
    locks = {number: lock for number, lock in file.get("locks", {}).items() if number in standing}
    file = offered.with_offers({**file, "locks": locks}, names)
    return _without({**file, "excluded": [*file.get("excluded", []), *_out(file, offers, names)]})


def _holding(children: Json) -> Json:
    """Children without a place they held by an offer and have given up since; what is held now is added later."""
    held = {number: one for number, one in children.items() if "holds" in one}
    own = OwnPlace.objects.filter(child__number__in=[int(number) for number in held])
    stay = {str(number) for number in own.values_list("child__number", flat=True)}
    return {
        number: {key: value for key, value in one.items() if key != "holds" or number in stay}
        for number, one in children.items()
    }


def _gone(file: Json) -> set[str]:
    """Children whose request was withdrawn or has lapsed since, and who have left before the file begins."""
    numbers = [int(number) for number in file["children"]]
    live = ApplicationChild.objects.filter(
        number__in=numbers, is_live=True, application__state=ApplicationState.COMPLETE
    ).values_list("number", flat=True)
    there = NurseryOffer.objects.standing().exclude(stay__left_on__lt=date.fromisoformat(f"{file['months'][0]}-01"))
    standing = there.filter(child__number__in=numbers).values_list("child__number", flat=True)
    return set(file["children"]) - {str(number) for number in (*live, *standing)}


def _without(file: Json) -> Json:
    """The file without what speaks of children who are not in it."""
    there = file["children"].keys()
    return {
        **file,
        "locks": {number: lock for number, lock in file.get("locks", {}).items() if number in there},
        "excluded": [one for one in file.get("excluded", []) if one["child"] in there],
        "together": [group for group in file.get("together", []) if set(group["children"]) <= there],
    }


def _out(file: Json, offers: Iterable[NurseryOffer], names: Mapping[int, str]) -> list[Json]:
    """Where a child is not offered a place again in this round: where it was declined; anywhere, after silence.

    A place that it holds stays its own all the same.
    """
    excluded = {(one["child"], one["facility"]) for one in file.get("excluded", [])}
    found: list[Json] = []
    for offer in offers:
        number = str(offer.child.number)
        # A swap that came to nothing changed nothing.
        if number not in file["children"] or number in file["locks"] or offer.swap_id is not None:
            continue
        if offer.state == OfferState.LAPSED:
            away = list(file["children"][number]["wishes"])
        elif offer.state in (OfferState.DECLINED, OfferState.OPERATOR_DECLINED):
            away = [names[offer.nursery_id]]
        else:
            continue
        held = file["children"][number].get("holds", {}).get("facility")
        for name in away:
            if name != held and (number, name) not in excluded and name in file["children"][number]["wishes"]:
                excluded.add((number, name))
                found.append({"child": number, "facility": name, "reason": _why(offer)})
    return found


def _why(offer: NurseryOffer) -> str:
    """In French whoever reads it: a file that is written anew is the same, or it cannot be confirmed."""
    with override("fr"):
        return f"{offered.reason_of(offer)} : {offer.get_state_display()}"
