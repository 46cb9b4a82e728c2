"""Sets a sheet as tagged PDF (PDF/UA-1), in a process of its own: JSON in, PDF out. `typesetting.py` starts it.

A program, not a module: `python -I typeset.py`. It knows neither Django nor the database, and what the typesetter takes
of memory (31 MB) goes with it.
"""

import json
import re
import sys
from pathlib import Path

import typst

#: PDF/UA refuses a letter that no font of ours has, and names one at a time.
_NO_LETTER = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
INSTEAD = "?"
MOST_LETTERS = 100


def pdf_of(asked: str) -> bytes:
    """The PDF of a sheet and what is said on it. A letter that cannot be drawn becomes a question mark."""
    sheet, words = (json.loads(asked)[name] for name in ("sheet", "said"))
    words = _cleaned(words)
    for _turn in range(MOST_LETTERS):
        try:
            return typst.compile(
                Path(sheet).read_bytes(),
                format="pdf",
                pdf_standards=["ua-1"],
                # The one way data goes in: it is never read as markup.
                sys_inputs={"said": json.dumps(words)},
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
    """Without control characters, which no font draws; the end of a line is a space."""
    if isinstance(value, str):
        spaced = re.sub(r"[\r\n\t]+", " ", value)
        return "".join(letter for letter in spaced if letter.isprintable() or letter in "\u200d\u202f\xa0")
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
