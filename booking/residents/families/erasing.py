"""Forgetting families: one who asks, one nobody has been seen of for a year, and what has run out of its time.

A person is erased when the last service that needs them lets go (`municipalities.services.needed`). What is erased
stays as an empty row, since accounts name it for as long as the law keeps accounts.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.residents import retention as links
from booking.residents.models import (
    Guardian,
    HealthAttestation,
    Household,
    HouseholdSession,
    Member,
    Membership,
    SeenPaper,
    SignInCode,
)
from municipalities import audit, services
from municipalities.database.transactions import patient_transaction
from municipalities.retention import Kept
from notifications import retention as outbox

BATCH = 200
#: The season of the pools begins in September: what is given for one is over in the month before.
SEASON_BEGINS = 9

_MISSION = _("Mission d’intérêt public (article 6, paragraphe 1, point e, du RGPD) : inscrire les familles.")
FAMILIES = Kept(
    what=_("Familles : responsables, membres et dates de naissance"),
    fields={
        "residents.Guardian": ("name", "email", "phone", "franceconnect_hash"),
        "residents.Member": ("given_name", "family_name", "born_on", "expected_on"),
        "residents.Membership": ("identity",),
    },
    months="HOUSEHOLD_MONTHS",
    since=_("après la dernière connexion, et plus tard si une inscription ou un paiement l’exige encore"),
    reason=_MISSION,
)
REMARKS = Kept(
    what=_("Remarque de sécurité d’un membre, pour le bord de l’eau, si la famille en donne une"),
    fields={"residents.Member": ("safety_remark",)},
    months="HOUSEHOLD_MONTHS",
    since=_("après la dernière connexion, et plus tard si une inscription ou un paiement l’exige encore"),
    reason=_(
        "Consentement explicite (article 9, paragraphe 2, point a, du RGPD) : donnée librement, la famille la retire"
        " quand elle veut."
    ),
)
QUOTIENTS = Kept(
    what=_("Quotient familial : sa valeur et sa date, jamais l’attestation"),
    fields={
        "residents.Household": (
            "family_quotient",
            "quotient_on",
            "quotient_until",
            "quotient_seen_by",
            "quotient_seen_on",
        )
    },
    days=1,
    since=_("après la fin de sa validité"),
    reason=_MISSION,
)
PAPERS = Kept(
    what=_("Pièces vues : leur nature, leur date et qui les a vues, jamais la pièce"),
    fields={"residents.SeenPaper": ("status",)},
    days=30,
    since=_("après la fin de leur validité"),
    reason=_MISSION,
)
HEALTH = Kept(
    what=_("Attestation de santé : une date, jamais une réponse"),
    fields={"residents.HealthAttestation": ("given_on",)},
    days=1,
    since=_("après la fin de la saison"),
    reason=_MISSION,
)
SESSIONS = Kept(
    what=_("Connexions des familles : appareil et empreinte du jeton"),
    fields={"residents.HouseholdSession": ("token_hash", "device", "logout_token")},
    days=1,
    since=_("après la fin de la session"),
    reason=_("Sécurité du traitement (article 32 du RGPD) : chacun voit d’où sa famille est ouverte."),
)
CODES = Kept(
    what=_("Codes de connexion : courriel, empreintes du code et du lien"),
    fields={"residents.SignInCode": ("email", "code_hash", "token_hash", "back")},
    days=1,
    since=_("après la fin de leur validité"),
    reason=_("Sécurité du traitement (article 32 du RGPD) : un code ne sert qu’une fois."),
)
KEPT = (FAMILIES, REMARKS, QUOTIENTS, PAPERS, HEALTH, SESSIONS, CODES)


def season_of(moment: datetime) -> int:
    """The year in which the season of that moment began."""
    local = timezone.localtime(moment)
    return local.year if local.month >= SEASON_BEGINS else local.year - 1


def due_households(now: datetime) -> QuerySet[Household]:
    """Families nobody was seen of for long enough, whether or not a service still needs them."""
    return Household.objects.living().filter(active_on__lt=timezone.localdate(FAMILIES.before(now)))


def due_members(now: datetime) -> QuerySet[Member]:
    """Members of no living household any more."""
    living = Membership.objects.filter(member=OuterRef("pk"), household__erased_at__isnull=True)
    return Member.objects.filter(~Exists(living), erased_at__isnull=True, created_at__lt=CODES.before(now))


@dataclass(frozen=True)
class Erased:
    """What an erasure did: ids that are gone, and by id the sentences that say what must stay and why."""

    gone: list[UUID] = field(default_factory=list)
    stays: dict[UUID, list[str]] = field(default_factory=dict)


def erase(household: Household, now: datetime | None = None) -> Erased:
    """Erase a family with those of its members who belong to no other. What a service still needs stays, and is said.

    While anything of a member is needed, that member and the household stay; the others go.
    """
    with patient_transaction():
        return _erase([household.pk], now or timezone.now())


def what_stays(household: Household) -> list[str]:
    """Sentences of the services that still need this family or one of its members."""
    members = household.members.there().values_list("pk", flat=True)
    needed = services.needed([household.pk, *members])
    return sorted({sentence for sentences in needed.values() for sentence in sentences})


def _erase(households: Collection[UUID], now: datetime) -> Erased:
    locked = list(
        Household.objects.living()
        .filter(pk__in=households)
        .order_by("pk")
        .select_for_update()
        .values_list("pk", flat=True)
    )
    elsewhere = Membership.objects.filter(member=OuterRef("pk"), household__erased_at__isnull=True).exclude(
        household__in=locked
    )
    members = Member.objects.filter(memberships__household__in=locked, erased_at__isnull=True)
    alone = list(members.filter(~Exists(elsewhere)).distinct().values_list("pk", flat=True))
    needed = services.needed([*locked, *alone])
    erase_members([pk for pk in alone if pk not in needed])
    held_back = set(
        Membership.objects.filter(household__in=locked, member__in=[pk for pk in alone if pk in needed]).values_list(
            "household", flat=True
        )
    )
    going = [pk for pk in locked if pk not in needed and pk not in held_back]
    _empty_households(going, now)
    return Erased(gone=[*going, *(pk for pk in alone if pk not in needed)], stays=needed)


def erase_members(ids: Collection[UUID]) -> int:
    """Empty these members, in the caller's transaction. For those whom no service needs; returns how many."""
    done = Member.objects.filter(pk__in=ids, erased_at__isnull=True).update(
        given_name="", family_name="", born_on=None, expected_on=None, safety_remark="", erased_at=timezone.now()
    )
    SeenPaper.objects.filter(member__in=ids).delete()
    HealthAttestation.objects.filter(member__in=ids).delete()
    Membership.objects.filter(member__in=ids).delete()
    links.close(ids)
    outbox.forget(list(ids))
    audit.forget(
        table=Member._meta.db_table, ids=list(ids), keys=("given_name", "family_name", "born_on", "expected_on")
    )
    return done


def _empty_households(ids: list[UUID], now: datetime) -> None:
    guardians = list(Guardian.objects.filter(household__in=ids).values_list("pk", flat=True))
    SignInCode.objects.filter(
        email__in=Guardian.objects.filter(household__in=ids).exclude(email="").values("email")
    ).delete()
    Guardian.objects.filter(pk__in=guardians).delete()
    SeenPaper.objects.filter(household__in=ids).delete()
    Membership.objects.filter(household__in=ids).delete()
    links.close(ids)
    outbox.forget(ids)
    Household.objects.filter(pk__in=ids).update(**NO_QUOTIENT, home_municipality=None, erased_at=now)
    audit.forget(table=Guardian._meta.db_table, ids=guardians, keys=("name", "email", "phone"))
    audit.forget(table=Household._meta.db_table, ids=ids, keys=("home_municipality_id", "family_quotient"))


#: What a household says once its quotient is over.
NO_QUOTIENT = {
    "family_quotient": None,
    "quotient_on": None,
    "quotient_until": None,
    "quotient_seen_by": None,
    "quotient_seen_on": None,
}


def purge(now: datetime, *, dry_run: bool) -> dict[str, int]:
    """Everything of families that is due: how many families, members and facts of each kind."""
    today = timezone.localdate
    quotients = Household.objects.filter(quotient_until__lt=today(QUOTIENTS.before(now)))
    facts: list[
        tuple[
            str, QuerySet[SeenPaper] | QuerySet[HealthAttestation] | QuerySet[HouseholdSession] | QuerySet[SignInCode]
        ]
    ] = [
        ("papers", SeenPaper.objects.filter(valid_until__lt=today(PAPERS.before(now)))),
        ("attestations", HealthAttestation.objects.filter(season__lt=season_of(HEALTH.before(now)))),
        ("sessions", HouseholdSession.objects.filter(ends_at__lt=SESSIONS.before(now))),
        ("codes", SignInCode.objects.filter(expires_at__lt=CODES.before(now))),
    ]
    if dry_run:
        done = {name: rows.count() for name, rows in facts} | {"quotients": quotients.count()}
        return done | {"families": due_households(now).count(), "members": due_members(now).count()}
    with patient_transaction():
        done = {name: rows.delete()[0] for name, rows in facts}
        done["quotients"] = quotients.update(**NO_QUOTIENT)
    done |= {"families": _purge_families(now), "members": _purge_members(now)}
    return done


def _purge_families(now: datetime) -> int:
    """In batches of one transaction each. What a service needs is passed over, and asked for again the next night."""
    done, last = 0, UUID(int=0)
    while True:
        with patient_transaction():
            ids = list(due_households(now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
            if not ids:
                return done
            last = ids[-1]
            erased = _erase(ids, now)
            done += len(set(ids) & set(erased.gone))


def _purge_members(now: datetime) -> int:
    done, last = 0, UUID(int=0)
    while True:
        with patient_transaction():
            ids = list(due_members(now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
            if not ids:
                return done
            last = ids[-1]
            needed = services.needed(ids)
            done += erase_members([pk for pk in ids if pk not in needed])
