"""Sets minutes as a tagged PDF (PDF/UA-1), in a process of its own: JSON in, PDF out.

A program, not a module: `python -I typeset.py`. It knows neither Django nor the database, and what the typesetter takes
of memory goes with it. The moment in the file is that of the minutes, so that the same minutes are the same bytes.
"""

import datetime
import json
import re
import sys
from pathlib import Path

import typst

SHEET = Path(__file__).with_name("minutes.typ")
#: PDF/UA refuses a letter that no font of ours has, and names one at a time.
_NO_LETTER = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
INSTEAD = "?"
MOST_LETTERS = 100


def set_type(text: str) -> bytes:
    """The PDF. A letter that cannot be drawn becomes a question mark: minutes there must be."""
    data = json.loads(text)
    year, month, day = data["on"]
    moment = datetime.datetime(year, month, day, 12, tzinfo=datetime.UTC)
    for _turn in range(MOST_LETTERS):
        try:
            return typst.compile(
                SHEET.read_bytes(),
                format="pdf",
                pdf_standards=["ua-1"],
                # The one way data goes in: it is never read as markup.
                sys_inputs={"data": text},
                # The same bytes on every machine.
                ignore_system_fonts=True,
                timestamp=moment,
            )
        except typst.TypstError as error:
            missing = _NO_LETTER.search(str(error))
            if missing is None:
                raise
            letters = _ESCAPED.sub(lambda one: chr(int(one[1], 16)), missing[1])
            text = text.replace(json.dumps(letters, ensure_ascii=False)[1:-1], INSTEAD)
    raise ValueError("too many letters that no font has")


if __name__ == "__main__":
    sys.stdout.buffer.write(set_type(sys.stdin.buffer.read().decode()))
