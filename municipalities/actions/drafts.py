"""What a municipality prepares before everybody sees it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from municipalities.actions.places import check_municipality, save_municipality, set_logo
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.identity import Emblem, with_draft
from municipalities.models import Municipality, MunicipalityDraft, StaffMember


class DraftChanged(Refusal):
    code = "draft_changed"
    sentence = _(
        "Quelqu’un a changé le brouillon depuis que vous avez ouvert cette page. Votre texte est gardé ci-dessous : "
        "enregistrez de nouveau pour remplacer le sien, ou ouvrez la page dans un autre onglet pour comparer."
    )


class NotWhatYouSaw(Refusal):
    code = "not_what_you_saw"
    sentence = _(
        "Quelqu’un a changé le brouillon depuis que vous l’avez vu. Rien n’est publié : regardez-le à nouveau."
    )


class NoDraft(Refusal):
    code = "no_draft"
    sentence = _("Il n’y a plus de brouillon : quelqu’un l’a publié ou abandonné.")


def save_draft(
    *, municipality: Municipality, values: Mapping[str, Any], emblem: Emblem, seen: str, by: StaffMember
) -> MunicipalityDraft:
    """Keep what was typed for later. `seen` is the version of the draft the person started from ("" for none).

    Raises PlaceNotYours, DraftChanged.
    """
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        # The municipality's row is what two first drafts at once wait for.
        Municipality.objects.select_for_update(of=("self",)).only("pk").get(pk=municipality.pk)
        draft = MunicipalityDraft.objects.filter(municipality=municipality).first()
        if version_of(draft) != seen:
            raise DraftChanged
        draft = draft or MunicipalityDraft(municipality=municipality)
        draft.values = dict(values)
        if emblem.is_changed:
            draft.changes_logo, draft.logo = True, emblem.logo
        draft.changed_by = by
        draft.save()
    return draft


def publish_draft(*, municipality: Municipality, seen: str, by: StaffMember) -> None:
    """The draft becomes what everybody sees; who published it is in the trace.

    `seen` is the version whose preview the person looked at. Raises PlaceNotYours, NoDraft, NotWhatYouSaw.
    """
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        draft = MunicipalityDraft.objects.select_for_update(of=("self",)).filter(municipality=municipality).first()
        if draft is None:
            raise NoDraft
        if version_of(draft) != seen:
            raise NotWhatYouSaw
        place = with_draft(Municipality.objects.get(pk=municipality.pk), draft)
        save_municipality(municipality=place, by=by)
        if draft.changes_logo:
            set_logo(municipality=place, logo=bytes(draft.logo) if draft.logo else None, by=by)
        draft.delete()


def publish_now(
    *, municipality: Municipality, values: Mapping[str, Any], emblem: Emblem, seen: str, by: StaffMember
) -> None:
    """Save and publish in one go. Raises PlaceNotYours, DraftChanged."""
    with patient_transaction(by=by):
        draft = save_draft(municipality=municipality, values=values, emblem=emblem, seen=seen, by=by)
        publish_draft(municipality=municipality, seen=version_of(draft), by=by)


def discard_draft(*, municipality: Municipality, by: StaffMember) -> None:
    """Forget the draft; what everybody sees stays. Raises PlaceNotYours."""
    check_municipality(municipality, by)
    with patient_transaction(by=by):
        MunicipalityDraft.objects.filter(municipality=municipality).delete()


def version_of(draft: MunicipalityDraft | None) -> str:
    return draft.changed_at.isoformat() if draft else ""
