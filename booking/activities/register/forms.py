"""Who wants the list of the day by mail."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.activities.models import MorningRegister, Pool
from municipalities.forms.fields import StaffFormLook


class MailsForm(StaffFormLook, forms.Form):
    """One's own groups, for who teaches; and two ticks for each pool that has a mailbox."""

    own = forms.BooleanField(
        label=_("M’envoyer mes groupes du jour, avec les noms et les remarques de sécurité"), required=False
    )

    def __init__(
        self, *args: Any, has_own: bool | None, pools: Sequence[tuple[Pool, MorningRegister | None]], **kwargs: Any
    ) -> None:
        """`has_own` is None for who teaches nothing."""
        super().__init__(*args, **kwargs)
        self.pools = [pool for pool, _chosen in pools if pool.facility.email]
        if has_own is None:
            del self.fields["own"]
        else:
            self.fields["own"].initial = has_own
        for pool, chosen in pools:
            if not pool.facility.email:
                continue
            said = {"pool": pool, "address": pool.facility.email}
            self.fields[f"pool_{pool.pk}"] = forms.BooleanField(
                label=gettext("Envoyer à %(address)s tous les groupes du jour de %(pool)s") % said,
                required=False,
                initial=chosen is not None,
            )
            self.fields[f"names_{pool.pk}"] = forms.BooleanField(
                label=gettext("%(pool)s : avec les noms et les remarques de sécurité") % said,
                help_text=gettext("Seulement si cette boîte n’est lue que par les personnes habilitées."),
                required=False,
                initial=chosen is not None and chosen.shows_names,
            )

    def wanted(self) -> list[tuple[Pool, bool, bool]]:
        """Pools, each with whether it wants the list, and with names."""
        data = self.cleaned_data
        return [(pool, data[f"pool_{pool.pk}"], data[f"names_{pool.pk}"]) for pool in self.pools]
