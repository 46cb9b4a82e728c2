"""The demonstration's territory: real municipalities, invented calendars and people, each labelled so."""

from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
