"""What residents tell at the door: how long private links and families stay, and who is forgotten when."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.residents.families import erasing, finding
from booking.residents.retention import dead_links
from booking.residents.views.staff import HOUSEHOLD
from municipalities import rules
from municipalities.retention import Kept
from municipalities.services import Link, Service, Subject

#: A dead link stays a while, so that whoever uses it still reads why it does not work.
LINKS = Kept(
    what=_lazy("Liens privés des messages, sous forme d’empreinte"),
    fields={"residents.AccessLink": ("token_hash",)},
    days=30,
    since=_lazy("après leur fin"),
    reason=_lazy("Mission d’intérêt public : dire à qui suit un vieux lien pourquoi il ne mène plus à rien."),
)

PAGES = frozenset(f"families:{name}" for name in ("family", "new", "new_member", "quotient", "paper", "doubles"))


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    due = dead_links(LINKS.before(now))
    families = erasing.purge(now, dry_run=dry_run)
    return {
        _("liens"): due.count() if dry_run else due.delete()[0],
        _("familles"): families["families"],
        _("membres de familles"): families["members"],
        _("quotients familiaux"): families["quotients"],
        _("pièces vues"): families["papers"],
        _("attestations de santé"): families["attestations"],
        _("sessions de familles"): families["sessions"],
        _("codes de connexion"): families["codes"],
    }


DOOR = Service(
    name="residents",
    subjects=(
        Subject(
            type=HOUSEHOLD,
            label=_lazy("famille"),
            page="family:home",
            # A family signs in: no private link opens it, and none is sent.
            find=lambda _pk: None,
            names=finding.names,
            look_up=finding.look_up,
            send_links=lambda _contact: None,
        ),
    ),
    menu=(Link("families:find", _lazy("Familles"), rules.serves_families, PAGES),),
    retention=(LINKS, *erasing.KEPT),
    impersonal={"residents.AccessLink": ("subject_type",)},
    purge=purge,
)
