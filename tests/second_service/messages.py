"""What visitors are told: the private link to their visit."""

from datetime import timedelta

from django.utils import timezone

from booking.residents.actions import link_expiry, mint_link
from booking.residents.addresses import private_link
from notifications import kinds
from notifications.kinds import Mail
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue
from tests.second_service.models import Visit

SUBJECT = "visit"
LINK = "visit.link"


def owe_link(visit: Visit) -> int:
    owed = Owed(LINK, Channel.MAIL, visit.email, timezone.now(), subject_type=SUBJECT, subject_id=visit.pk)
    return enqueue([owed])


def register() -> None:
    kinds.register(LINK, _render)


def _render(message: Message, _gathered: object) -> Mail | None:
    visit = Visit.objects.filter(pk=message.subject_id).first()
    if visit is None:
        return None
    until = link_expiry(visit.starts_at + timedelta(hours=1))
    token = mint_link(subject_type=SUBJECT, subject_id=visit.pk, expires_at=until)
    return Mail("Votre visite", private_link(token, through=None))
