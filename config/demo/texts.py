"""Codes and texts that several parts of the demonstration use."""

from municipalities.languages import Translated

CARD, PASSPORT, BOTH = "carte-identite", "passeport", "carte-et-passeport"
COLLECTION = "retrait"
WELCOME, CENSUS = "attestation-accueil", "recensement-citoyen"
DEPOSITS = (CARD, PASSPORT, BOTH)


def text(fr: str, de: str, en: str) -> Translated:
    return Translated(fr=fr, de=de, en=en)
