"""When a request is complete: a round takes no other, and from that day on it counts between equals."""

from django.utils import timezone

from booking.nurseries.documents.needed import unseen_of
from booking.nurseries.enums import ApplicationState
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import ApplicationChild, NurseryApplication


def complete_if_seen(application: NurseryApplication) -> None:
    """Complete once all that makes it so was seen; not any more once something new is needed."""
    is_complete = not unseen_of(application)
    if is_complete:
        dated = ApplicationChild.objects.filter(application=application, is_live=True, complete_on__isnull=True)
        dated.update(complete_on=timezone.localdate())
    state = ApplicationState.COMPLETE if is_complete else ApplicationState.RECEIVED
    if application.state != state:
        application.state = state
        application.save(update_fields=["state"])
        if is_complete:
            messages.owe(application, messages.COMPLETE)
