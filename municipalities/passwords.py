"""Which passwords are refused: those everybody tries first, and those made of what everybody knows of us.

ASVS 5.0, 6.2.4 and 6.2.11. Neither says anything of a password that is merely long: no rule of composition.
"""

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from municipalities.directory import members

#: What is left of a password without the words everybody knows has to be at least this long.
ENOUGH_OF_ONES_OWN = 8
#: A shorter word is part of too many others.
SHORTEST_WORD = 4
#: Words of the service itself.
OURS = (
    "guichet commun",
    "guichet",
    "commun",
    "rendez vous",
    "mairie",
    "commune",
    "hotel de ville",
    "agglomeration",
    "accueil",
    "passeport",
    "carte identite",
    "motdepasse",
    "password",
)
#: Digits and signs that stand for letters.
DISGUISED = str.maketrans("013457@$!", "oieastasi")


class CommonPassword(CommonPasswordValidator):
    """Refuses the twenty thousand most used ones, also with figures and signs around, repeated, or disguised."""

    def validate(self, password: str, _user: Any = None) -> None:
        for said in {password.casefold(), _folded(password), _folded(password.translate(DISGUISED))}:
            core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", said)
            if any(self._is_common(one) for one in (said, core)):
                raise ValidationError(self.get_error_message(), code="password_too_common")

    def _is_common(self, said: str) -> bool:
        if said in self.passwords:
            return True
        repeated = re.fullmatch(r"(.+?)\1+", said)
        return repeated is not None and (len(repeated[1]) < SHORTEST_WORD or repeated[1] in self.passwords)


class PasswordOfOurs:
    """Refuses what is made of the names of the service, the territory, its towns and the person."""

    def validate(self, password: str, user: Any = None) -> None:
        for said in {_folded(password), _folded(password.translate(DISGUISED))}:
            left = said
            for word in sorted(_known_words(user), key=len, reverse=True):
                left = left.replace(word, "")
            if left != said and len(left) < ENOUGH_OF_ONES_OWN:
                raise ValidationError(
                    _("Ce mot de passe est fait de mots que tout le monde connaît ici : choisissez-en d’autres."),
                    code="password_of_ours",
                )

    def get_help_text(self) -> str:
        return _("Ni le nom du service, ni celui d’une commune, ni le vôtre.")


def _known_words(user: Any) -> set[str]:
    said = [*OURS, settings.TERRITORY_NAME, *(member.name for member in members().values())]
    if user is not None:
        mailbox, _at, domain = str(getattr(user, "email", "")).partition("@")
        said += [str(getattr(user, "name", "")), mailbox, domain]
    words = {_folded(one) for text in said for one in [text, *re.split(r"[\W_]+", text)]}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def _folded(text: str) -> str:
    """Small letters without accents, and figures; nothing else."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text.casefold()))
