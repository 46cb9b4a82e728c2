"""What nurseries tell at the door. A round is a file, its children numbers; people stand in the families' requests."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from booking.nurseries.answers import links, next_in_line
from booking.nurseries.answers.messages import SUBJECT as ANSWERS
from booking.nurseries.answers.offers import silent_operators
from booking.nurseries.families import panel
from booking.nurseries.instruction.links import waiting
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import NurseryApplication, NurseryOffer, Round, SmallRound
from booking.nurseries.models.offers import OfferState
from booking.nurseries.occasional import closing
from booking.nurseries.occasional import links as occasional_links
from booking.nurseries.occasional.calendar import HALF_DAYS
from booking.nurseries.occasional.messages import SUBJECT as OCCASIONAL
from booking.nurseries.occasional.opening import to_send
from booking.nurseries.requests import retention
from booking.nurseries.supply import retention as supply_retention
from municipalities import rules
from municipalities.enums import CHILDCARE_ROLES
from municipalities.models import StaffMember
from municipalities.rules import RIGHTS, Ability
from municipalities.services import Link, Service, Subject, Task


def _may(ability: Ability) -> Callable[[StaffMember], bool]:
    return lambda staff: rules.for_nurseries(staff, ability)


def _reads_places(staff: StaffMember) -> bool:
    return rules.runs_nurseries(staff) or bool(staff.current_roles().authorities_with(*CHILDCARE_ROLES))


def _pages(space: str, *names: str) -> frozenset[str]:
    return frozenset(f"{space}:{name}" for name in names)


PLACES = _pages(
    "supply", "nursery", "new_nursery", "settings", "opening", "new_opening", "held", "new_held", "children", "hours"
)
INFORMATION = _pages("supply", "meeting", "towns", "town")
POINTS = _pages(
    "points", "grid", "new_grid", "edit_grid", "criterion", "new_criterion", "option", "new_option", "towns"
)
FILES = _pages(
    "nursery_files", "new", "file", "add", "document", "step", "own_place", "appeals", "appeal", "new_appeal"
)
ROUND = _pages("commission", "round", "new_round", "nursery", "child", "attempt", "decide")

HALF_DAY_PAGES = _pages("occasional", "nursery", "hours")
VACANCIES = _pages("vacancies", "new_vote", "swaps")
FIGURES = _pages("figures", "part")
REPLIES = _pages("replies", "accepted", "silent", "entry", "stay")


def tasks(staff: StaffMember) -> list[Task]:
    """What waits for whoever runs nurseries, and for the chair where they stay silent."""
    found = []
    asked = NurseryOffer.objects.visible_to(staff).filter(state=OfferState.TO_OPERATOR).count()
    if rules.runs_nurseries(staff) and asked:
        said = ngettext(
            "%(number)d proposition de place à répondre", "%(number)d propositions de place à répondre", asked
        )
        found.append(Task(said % {"number": asked}, reverse("replies:proposals")))
    if rules.runs_nurseries(staff) and (unsent := to_send(staff)):
        said = ngettext("%(number)d place libre à transmettre", "%(number)d places libres à transmettre", unsent)
        found.append(Task(said % {"number": unsent}, reverse("occasional:nurseries")))
    if rules.for_nurseries(staff, Ability.CHAIR_COMMISSION):
        late = silent_operators().filter(round__in=Round.objects.chaired_by(staff)).count()
        said = ngettext(
            "%(number)d proposition sans réponse du gestionnaire",
            "%(number)d propositions sans réponse du gestionnaire",
            late,
        )
        found += [Task(said % {"number": late}, reverse("replies:silent"))] if late else []
        authorities = staff.current_roles().authorities_with(*RIGHTS[Ability.CHAIR_COMMISSION])
        stuck = next_in_line.held_up(authorities)
        said = ngettext(
            "%(number)d place rendue attend que la commission tranche",
            "%(number)d places rendues attendent que la commission tranche",
            stuck,
        )
        found += [Task(said % {"number": stuck}, reverse("vacancies:vacancies"))] if stuck else []
        ready = Round.objects.chaired_by(staff).prepared().filter(closes_on__lt=timezone.localdate())
        for pk, name in ready.values_list("pk", "name"):
            said = _("« %(name)s » : la date limite est passée, la session peut être figée") % {"name": name}
            found.append(Task(said, reverse("commission:round", args=[pk])))
        free = SmallRound.objects.visible_to(staff).ready().values_list("places", flat=True).first()
        if free:
            said = ngettext("%(number)d place libérée à confirmer", "%(number)d places libérées à confirmer", free)
            found.append(Task(said % {"number": free}, reverse("vacancies:vacancies")))
    return found


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    done = retention.purge(now, dry_run=dry_run)
    return {
        _("brouillons de demandes de crèche"): done["drafts"],
        _("demandes de crèche"): done["applications"],
        _("enfants présents en crèche"): supply_retention.purge(now, dry_run),
    }


DOOR = Service(
    name="nurseries",
    subjects=(
        Subject(
            type=ANSWERS,
            label=_lazy("réponse à une demande de crèche"),
            see=_lazy("Voir la réponse à ma demande de crèche"),
            page="nurseries:answers",
            find=links.find,
            names=messages.names,
            look_up=messages.look_up,
            send_links=links.send_links,
        ),
        Subject(
            type=OCCASIONAL,
            label=_lazy("demi-journées en crèche"),
            see=_lazy("Voir mes demi-journées en crèche"),
            page="nurseries:occasional",
            find=occasional_links.find,
            names=messages.names,
            look_up=messages.look_up,
            send_links=occasional_links.send_links,
        ),
        Subject(
            type=messages.REQUEST,
            label=_lazy("demande de crèche"),
            page="nurseries:request",
            find=lambda pk: NurseryApplication.objects.filter(pk=pk, erased_at__isnull=True).first(),
            names=messages.names,
            look_up=messages.look_up,
            send_links=messages.send_links,
            see=_lazy("Revenir à ma demande"),
        ),
    ),
    tasks=(waiting, tasks),
    menu=(
        Link("supply:nurseries", _lazy("Crèches"), _reads_places, PLACES),
        Link("supply:meetings", _lazy("Commissions et communes"), _may(Ability.PUBLISH_RULES), INFORMATION),
        Link("nursery_files:requests", _lazy("Demandes de crèche"), _may(Ability.INSTRUCT_FILES), FILES),
        Link("replies:proposals", _lazy("Propositions de place"), rules.runs_nurseries, REPLIES),
        Link("occasional:nurseries", _lazy("Accueil occasionnel"), rules.runs_nurseries, HALF_DAY_PAGES),
        Link("commission:rounds", _lazy("Commission des crèches"), _may(Ability.SIT_ON_COMMISSION), ROUND),
        Link("vacancies:vacancies", _lazy("Places qui se libèrent"), _may(Ability.SIT_ON_COMMISSION), VACANCIES),
        Link("points:claims", _lazy("Points des dossiers"), _may(Ability.INSTRUCT_FILES)),
        Link("figures:figures", _lazy("Chiffres des crèches"), _may(Ability.READ_FIGURES), FIGURES),
        Link("points:grids", _lazy("Critères des crèches"), _may(Ability.PUBLISH_RULES), POINTS),
    ),
    family_panels=(panel.render,),
    touched_by=closing.touched_by,
    closing=closing.closing,
    feeds=(HALF_DAYS,),
    impersonal={
        **supply_retention.IMPERSONAL,
        **retention.IMPERSONAL,
        # Rules are nobody's.
        "nurseries.PointsGrid": ("name", "decision"),
        "nurseries.Criterion": ("code", "label", "proof"),
        "nurseries.CriterionOption": ("code", "label"),
        "nurseries.TownPoints": ("decision",),
        # A round speaks in numbers, and what is typed there is refused where it names a family.
        "nurseries.Round": (
            "name",
            "members",
            "seed_hash",
            "sealed_seed",
            "seed",
            "file",
            "digest",
            "decided",
            "decided_digest",
            "answer",
            "audited_digest",
        ),
        "nurseries.RoundNursery": ("name", "voted_digest"),
        "nurseries.RoundDecision": ("start", "reason"),
        "nurseries.StepAside": ("function",),
        "nurseries.SmallRound": ("file", "digest", "answer"),
        "nurseries.VacancyVote": ("members",),
    },
    retention=(*retention.KEPT, supply_retention.PRESENT),
    purge=purge,
    still_needs=retention.still_needs,
    tells_of=retention.tells_of,
)
