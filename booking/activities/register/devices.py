"""What a telephone in a hall without network sends later: marks with a paper that says whose they are.

The paper is signed when the register is opened and stands beside each mark, so that marks are sent in the name of who
made them, also after somebody else has signed in on the same telephone, or when half an hour at the water has ended
the session. It opens nothing and shows nothing: it only lets marks be taken down.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.activities.models import Level, Said
from booking.activities.register.marks import KEPT_FOR, Answer, Pressed, note
from municipalities import foreign_json
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember

_SALT = "booking.activities.register"
#: A telephone that was away for a week has no more.
MOST_MARKS = 1000


class PaperRefused(Refusal):
    code = "register_paper_refused"
    sentence = gettext_lazy(
        "Ces présences attendaient depuis plus de sept jours, ou ce téléphone n’est plus reconnu : elles ne sont pas"
        " enregistrées. Notez-les à nouveau, ou dites-les à votre responsable."
    )


class Unreadable(Refusal):
    code = "register_marks_unreadable"
    sentence = gettext_lazy("Ce que ce téléphone a envoyé est illisible : notez à nouveau.")


def paper_for(staff: StaffMember) -> str:
    return signing.dumps(staff.pk, salt=_SALT)


def whose(paper: str) -> StaffMember:
    """Raises PaperRefused."""
    try:
        pk = signing.loads(paper, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature as error:
        raise PaperRefused from error
    found = StaffMember.objects.filter(pk=pk).first()
    if found is None:
        raise PaperRefused
    return found


@dataclass(frozen=True)
class Sent:
    paper: str
    clock: datetime
    marks: list[Pressed]
    #: Of what cannot be read: its id, as it came.
    odd: list[str]


def read(body: bytes) -> Sent:
    """{"paper": …, "now": ms, "marks": [{"id", "session", "member", "said", "level", "at": ms}]}. Raises Unreadable."""
    try:
        told = foreign_json.read(body)
        paper, clock, rows = str(told["paper"]), _moment(told["now"]), list(told["marks"])
    except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
        raise Unreadable from error
    if len(rows) > MOST_MARKS:
        raise Unreadable
    marks, odd = [], []
    for row in rows:
        try:
            marks.append(_pressed(row))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
            odd.append(str(row.get("id", ""))[:40] if isinstance(row, dict) else "")
    return Sent(paper, clock, marks, odd)


def take(body: bytes) -> list[Answer]:
    """What became of every mark that was sent. Raises Unreadable, Busy."""
    sent = read(body)
    odd = [Answer(one, str(Unreadable.sentence)) for one in sent.odd]
    try:
        by = whose(sent.paper)
    except PaperRefused as refusal:
        return odd + [Answer(str(one.id), str(refusal)) for one in sent.marks]
    return odd + note(sent.marks, by=by, clock=sent.clock)


def _pressed(row: dict[str, Any]) -> Pressed:
    said = Said(row["said"])
    return Pressed(
        id=UUID(row["id"]),
        session=UUID(row["session"]),
        member=UUID(row["member"]),
        said=said,
        level=Level(int(row["level"])) if said == Said.LEVEL else None,
        at=_moment(row["at"]),
    )


def _moment(milliseconds: Any) -> datetime:
    """A clock may be wrong, but not so wrong that nothing can be reckoned with it. Raises ValueError, OverflowError."""
    moment = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    if not 1970 <= moment.year < 3000:
        raise ValueError(moment.year)
    return moment


def words() -> dict[str, str]:
    """What the telephone says by itself, without network."""
    return {
        "title": _("Pas de réseau"),
        "text": _("Cette page n’est pas gardée sur ce téléphone. Le registre des groupes du jour l’est."),
        "back": _("Ouvrir le registre"),
    }
