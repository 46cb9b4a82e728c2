"""Text as one sees it: what nobody sees comes off before any field judges.

Mail programmes, telephones and word processors put such characters into what people paste.
"""

import re
import unicodedata
from typing import Any

from django import forms

#: Whatever Unicode says may be ignored in display (zero-width, marks of direction, soft hyphens, fillers, variation
#: selectors), and an empty braille cell. The two joiners are looked at below.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: Between letters of the Arabic and Indic scripts the joiners are spelling, and show; anywhere else they are nothing.
_IDLE_JOINER = re.compile("(?<![\u0600-\u109f])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u109f])")
_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def visible(text: str, *, is_prose: bool = False) -> str:
    """The text without what nobody sees, with plain spaces, each letter composed with its marks (NFC).

    Prose keeps its spaces: French puts no-break ones before its colons and within its quotes.
    """
    if text.isascii():
        return text
    text = _IGNORABLE.sub("", text)
    text = text if is_prose else _SPACE.sub(" ", text)
    return unicodedata.normalize("NFC", _IDLE_JOINER.sub("", text))


def judge_what_is_visible() -> None:
    """Every field, of our forms, of the administration's and of the sign-in's, cleans `visible` text; passwords stay.

    Put around Django's own method, once, because Django has no other place that every field passes: a mixin would be
    forgotten by the next form, and never reach those of libraries.
    """
    judge = forms.Field.clean

    def clean(field: forms.Field, value: Any) -> Any:
        if isinstance(value, str) and not isinstance(field.widget, forms.PasswordInput):
            value = visible(value, is_prose=isinstance(field.widget, forms.Textarea))
        return judge(field, value)

    forms.Field.clean = clean  # type: ignore[method-assign, assignment]
