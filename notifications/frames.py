"""Mails of one kind differ in a few words. A frame is all the rest: a template rendered once, with marks for these.

Filling a frame costs a hundredth of rendering the template. The marks stand in Unicode's private area, and what is put
in is never searched for marks again, so a person's words stay words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MARK = re.compile("\ue000([a-z_]+)\ue001")


def marks(names: Iterable[str]) -> dict[str, str]:
    """What a template gets in place of the words of these names."""
    return {name: f"\ue000{name}\ue001" for name in names}


@dataclass(frozen=True, slots=True)
class Frame:
    """`parts` are text, name, text, name, …, text."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, rendered: str) -> "Frame":
        return cls(tuple(_MARK.split(rendered)))

    def filled(self, words: Mapping[str, str]) -> str:
        """The words must be escaped already where the frame is HTML. Raises KeyError for a mark without a word."""
        parts = list(self.parts)
        parts[1::2] = [words[name] for name in parts[1::2]]
        return "".join(parts)
