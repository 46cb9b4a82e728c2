"""What the house itself tells at the door: its pages in the menu, drafts that wait, accounts and the trace."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from municipalities import audit, idempotency, rules
from municipalities.actions.sessions import ended_sessions, forget_ended_sessions
from municipalities.retention import Kept
from municipalities.services import Link, Service
from municipalities.views import home

TRACE = Kept(
    what=_lazy("Qui a changé ou consulté un dossier"),
    fields={
        "municipalities.AuditEntry": ("before", "after", "request"),
        "municipalities.ReadTrace": ("staff",),
    },
    months="TRACE_MONTHS",
    since=_lazy("après l’action ou la lecture"),
    reason=_lazy("Sécurité du traitement (article 32 du RGPD) : savoir qui a fait quoi."),
)
ACCOUNTS = Kept(
    what=_lazy("Comptes des agents : nom et courriel"),
    fields={"municipalities.StaffMember": ("name", "email", "password")},
    since=_lazy("Tant que la trace de ce que la personne a fait est gardée"),
    reason=_lazy("Mission d’intérêt public : seuls des agents nommés ouvrent les dossiers."),
)
SESSIONS = Kept(
    what=_lazy("Sessions des agents : adresse du réseau et navigateur"),
    fields={"usersessions.UserSession": ("ip", "user_agent")},
    days=1,
    since=_lazy("après la fin de la session"),
    reason=_lazy("Sécurité du traitement (article 32 du RGPD) : chacun voit d’où son compte est ouvert."),
)


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    before = TRACE.before(now)
    return {
        _("traces"): audit.count_before(before) if dry_run else audit.drop_before(before),
        _("sessions"): ended_sessions().count() if dry_run else forget_ended_sessions(),
        _("clés de formulaires"): idempotency.purge(now, dry_run=dry_run),
    }


TOWNS = frozenset({"staff:municipality", "staff:new_municipality", "staff:facility", "staff:new_facility"})
OPERATORS = frozenset({"staff:operator", "staff:new_operator"})
TEAM = frozenset({"staff:member", "staff:new_member", "staff:delegations"})

DOOR = Service(
    name="municipalities",
    menu=(
        Link("staff:municipalities", _lazy("Communes"), rules.manages_a_municipality, TOWNS),
        Link("staff:operators", _lazy("Gestionnaires"), rules.manages_an_operator, OPERATORS),
        Link("staff:members", _lazy("Équipe"), rules.manages_a_facility, TEAM),
        Link("staff:control", _lazy("Contrôle"), rules.reads_trace, frozenset({"staff:readings"})),
    ),
    tasks=(home.tasks_of,),
    retention=(TRACE, ACCOUNTS, SESSIONS),
    impersonal={
        # What a municipality, an operator and a facility publish of themselves.
        "municipalities.Municipality": (
            "insee_code",
            "siren",
            "name",
            "postal_codes",
            "colour",
            "second_colour",
            "logo",
            "address",
            "phone",
            "email",
            "website",
            "sender_name",
            "sender_email",
        ),
        "municipalities.MunicipalityDraft": ("values", "logo"),
        "municipalities.Operator": (
            "name",
            "colour",
            "address",
            "phone",
            "email",
            "website",
            "sender_name",
            "sender_email",
        ),
        "municipalities.Facility": ("name", "address", "postal_code", "phone", "email"),
        "municipalities.RefusedSender": ("address",),
        "municipalities.AuditEntry": ("table", "object_id", "channel"),
        "municipalities.ReadTrace": ("view", "subject_type"),
        # Hashes that only the key in the form explains, and an address of ours.
        "municipalities.IdempotencyKey": ("digest", "body", "answer"),
    },
    purge=purge,
)
