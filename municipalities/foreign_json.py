"""JSON that somebody else wrote: a browser, a provider, an identity server."""

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """Raises ValueError for whatever is none, also for what is nested deeper than the reader goes."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
