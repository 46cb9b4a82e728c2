"""Sets a receipt as tagged PDF (PDF/UA-1), in a process of its own: JSON in, PDF out.

A program, not a module: `python -I typeset.py`. It knows neither Django nor the database, and what the typesetter takes
of memory (31 MB) goes with it.
"""

import json
import re
import sys
from pathlib import Path

import typst

SHEET = Path(__file__).with_name("receipt.typ")
#: PDF/UA refuses a letter that no font of ours has, and names one at a time.
_NO_LETTER = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
INSTEAD = "?"
MOST_LETTERS = 100


def pdf_of(said: str) -> bytes:
    """The receipt of this JSON text. A letter that cannot be drawn becomes a question mark: a receipt there must be."""
    words = _cleaned(json.loads(said))
    for _turn in range(MOST_LETTERS):
        try:
            return typst.compile(
                SHEET.read_bytes(),
                format="pdf",
                pdf_standards=["ua-1"],
                # The one way data goes in: it is never read as markup.
                sys_inputs={"receipt": json.dumps(words)},
                # The same bytes on every machine.
                ignore_system_fonts=True,
            )
        except typst.TypstError as error:
            missing = _NO_LETTER.search(str(error))
            if missing is None:
                raise
            words = _without(_ESCAPED.sub(lambda one: chr(int(one[1], 16)), missing[1]), words)
    raise ValueError("too many letters that no font has")


def _cleaned(value: object) -> object:
    """Without control characters, which no font draws."""
    if isinstance(value, str):
        return "".join(letter for letter in value if letter.isprintable() or letter in "\u200d\u202f\xa0")
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return {name: _cleaned(one) for name, one in value.items()} if isinstance(value, dict) else value


def _without(text: str, value: object) -> object:
    if isinstance(value, str):
        return value.replace(text, INSTEAD)
    if isinstance(value, list):
        return [_without(text, one) for one in value]
    return {name: _without(text, one) for name, one in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    sys.stdout.buffer.write(pdf_of(sys.stdin.buffer.read().decode()))
