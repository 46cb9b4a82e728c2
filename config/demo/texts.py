"""Codes and texts that several parts of the demonstration use."""

from config.catalogues import as_printed
from municipalities.languages import Translated

CARD, PASSPORT, BOTH = "carte-identite", "passeport", "carte-et-passeport"
COLLECTION = "retrait"
WELCOME, CENSUS = "attestation-accueil", "recensement-citoyen"
DEPOSITS = (CARD, PASSPORT, BOTH)


def text(fr: str, de: str, en: str) -> Translated:
    return Translated(fr=as_printed(fr), de=de, en=en)
