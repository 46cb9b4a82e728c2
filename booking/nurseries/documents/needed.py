"""Which documents a request needs, and which of them are there: some for the file to be complete, others for points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from booking.nurseries.enums import DocumentKind, Situation
from booking.nurseries.models import NurseryApplication


@dataclass(frozen=True)
class Needed:
    """`child_rank` and `name`: of which child; None and "" for the whole family. Optional ones earn points alone."""

    kind: DocumentKind
    child_rank: int | None = None
    name: str = ""
    is_required: bool = True

    @property
    def label(self) -> str:
        return f"{self.kind.label} ({self.name})" if self.name else str(self.kind.label)


@dataclass(frozen=True)
class ChildFacts:
    rank: int
    name: str
    born_on: date | None
    is_adopted: bool
    has_disability: bool


#: Situations that a paper proves.
_PROVEN = (Situation.EMPLOYED, Situation.SELF_EMPLOYED, Situation.TRAINING, Situation.JOB_SEEKER)


def needed(children: Sequence[ChildFacts], situations: Iterable[str], *, on_insertion_path: bool) -> list[Needed]:
    """In the order in which they are asked for: first what makes the file complete."""
    found = [Needed(DocumentKind.ADDRESS)]
    many = len(children) > 1
    for child in children:
        kind = DocumentKind.BIRTH if child.born_on else DocumentKind.PREGNANCY
        if child.is_adopted:
            kind = DocumentKind.ADOPTION
        found.append(Needed(kind, child.rank, child.name if many else ""))
    if any(situation in _PROVEN for situation in situations):
        found.append(Needed(DocumentKind.WORK, is_required=False))
    if on_insertion_path:
        found.append(Needed(DocumentKind.INSERTION, is_required=False))
    for child in children:
        if child.has_disability:
            found.append(Needed(DocumentKind.DISABILITY, child.rank, child.name if many else "", is_required=False))
    return found


def needed_of(application: NurseryApplication) -> list[Needed]:
    """Of a request that was sent."""
    children = application.children.filter(is_live=True).select_related("member").order_by("rank")
    return needed(
        [
            ChildFacts(one.rank, str(one.member), one.member.born_on, one.is_adopted, one.has_disability)
            for one in children
        ],
        application.parents.values_list("situation", flat=True),
        on_insertion_path=application.on_insertion_path,
    )


def missing_of(application: NurseryApplication) -> list[Needed]:
    """What nobody has given or shown yet."""
    there = set(
        application.documents.filter(gone_at__isnull=True).values_list("kind", "child_rank").order_by("kind").distinct()
    )
    return [one for one in needed_of(application) if not _is_among(one, there)]


def unseen_of(application: NurseryApplication) -> list[Needed]:
    """What makes the file complete and no agent has seen."""
    seen = set(application.documents.filter(seen_on__isnull=False).values_list("kind", "child_rank"))
    return [one for one in needed_of(application) if one.is_required and not _is_among(one, seen)]


def _is_among(one: Needed, there: set[tuple[str, int | None]]) -> bool:
    """A document given before the children were numbered speaks of the only child."""
    return (one.kind, one.child_rank) in there or (not one.name and (one.kind, None) in there)
