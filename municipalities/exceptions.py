"""A refusal is an exception whose text may be shown to the person who asked."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Refusal(Exception):
    """Base of all refusals. `code` is stable, for tests, metrics and the public interface; `str()` is translated."""

    #: Who hears of each refusal by its code: the metrics.
    observers: ClassVar[list[Callable[[str], None]]] = []

    code = "refused"
    sentence: "StrOrPromise" = _("Cette demande ne peut pas aboutir.")

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__()
        if sentence is not None:
            self.sentence = sentence
        for observer in self.observers:
            observer(self.code)

    def __str__(self) -> str:
        return str(self.sentence)


def simple_attempt(change: Callable[[], object]) -> str:
    """Run a change that touches no appointment. The refusal's sentence, or ""."""
    try:
        change()
    except Refusal as refusal:
        return str(refusal)
    return ""
