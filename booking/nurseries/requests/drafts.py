"""A request that is being written: begun with a contact, saved step by step, resumed by its link on any device."""

import hashlib
import json
from collections.abc import Mapping

from django.utils import timezone

from booking.nurseries.enums import ApplicationState
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import NurseryApplication
from booking.nurseries.requests.exceptions import AlreadySent, StepChanged
from booking.nurseries.requests.steps import StepData
from booking.residents.models import Household
from booking.residents.references import new_reference
from municipalities.database.transactions import patient_transaction
from municipalities.enums import OperatorKind
from municipalities.models import Municipality, Operator, StaffMember


def authority_in_charge() -> Operator | None:
    """Who receives requests: the agglomeration, where there is one."""
    return Operator.objects.filter(kind=OperatorKind.AGGLOMERATION).order_by("pk").first()


def start_draft(
    *,
    authority: Operator,
    email: str,
    phone: str,
    language: str,
    through: Municipality | None = None,
    household: Household | None = None,
    by: StaffMember | None = None,
) -> NurseryApplication:
    """The row in state DRAFT, and the link that resumes it. `by`: for a caller, who may have no address."""
    with patient_transaction(by):
        draft = NurseryApplication.objects.create(
            reference=new_reference(),
            authority=authority,
            email=email.lower(),
            phone=phone,
            language=language,
            through=through,
            household=household,
            assisted_by=by,
        )
        messages.owe(draft, messages.DRAFT)
        return draft


def change_contact(
    *, application: NurseryApplication, email: str, phone: str, language: str, by: StaffMember | None = None
) -> None:
    """Another mailbox or number; the link goes there too."""
    with patient_transaction(by):
        locked = NurseryApplication.objects.select_for_update().get(pk=application.pk)
        moved = (locked.email, locked.phone) != (email.lower(), phone)
        locked.email, locked.phone, locked.language = email.lower(), phone, language
        locked.touched_at = timezone.now()
        locked.save(update_fields=["email", "phone", "language", "touched_at"])
        if moved:
            messages.owe(locked, messages.DRAFT if locked.is_draft else messages.LINK)
            if locked.is_live:
                messages.owe_confirmations(locked)
                messages.owe_births(locked)


def version_of_step(data: StepData | None) -> str:
    """What a page says it has seen of a step, so that an old tab does not overwrite a newer one."""
    text = json.dumps({name: list(values) for name, values in (data or {}).items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def save_step(
    *,
    application: NurseryApplication,
    step: str,
    data: Mapping[str, list[str]],
    seen: str,
    by: StaffMember | None = None,
) -> NurseryApplication:
    """Keep a step as it was sent, whatever is wrong with it. Raises AlreadySent, StepChanged.

    The same answers sent twice, or from a page that shows them, change nothing and are no conflict.
    """
    with patient_transaction(by):
        locked = NurseryApplication.objects.select_for_update().get(pk=application.pk)
        if locked.state != ApplicationState.DRAFT:
            raise AlreadySent
        stored = locked.draft.get(step)
        if stored != data and seen != version_of_step(stored):
            raise StepChanged
        locked.draft = {**locked.draft, step: dict(data)}
        locked.touched_at = timezone.now()
        locked.save(update_fields=["draft", "touched_at"])
        return locked
