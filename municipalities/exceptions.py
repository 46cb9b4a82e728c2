"""A refusal is an exception whose text may be shown to the person who asked."""

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Base of all refusals. `code` is stable, for tests, metrics and the public interface; `str()` is translated."""

    code = "refused"
    sentence = _("Cette demande ne peut pas aboutir.")

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__()
        if sentence is not None:
            self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)
