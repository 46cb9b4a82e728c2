"""What the mail services take and tell, by their published rules. Named by `settings.MAIL_SERVICE`.

Whichever is chosen, our mark goes out with each mail in the way it gives back in its receipts: over its interface as
metadata or tag, over its SMTP relay as a header of its own.
"""

import json
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from notifications.models import Message
from notifications.references import mark_of, message_id


@dataclass(frozen=True, slots=True)
class Service:
    """`relay_header` carries our mark over SMTP. `receipts` is the class of anymail's door, empty where it has none."""

    takes_message_id: bool = True
    takes_metadata: bool = True
    relay_header: str = ""
    receipts: str = ""


SERVICES = {
    "brevo": Service(relay_header="X-Mailin-custom", receipts="anymail.webhooks.brevo.BrevoTrackingWebhookView"),
    # Refuses a whole request with a header that it writes itself.
    "mailjet": Service(
        takes_message_id=False,
        relay_header="X-MJ-EventPayload",
        receipts="anymail.webhooks.mailjet.MailjetTrackingWebhookView",
    ),
    "postal": Service(
        takes_metadata=False, relay_header="X-Postal-Tag", receipts="anymail.webhooks.postal.PostalTrackingWebhookView"
    ),
    "scaleway": Service(),
}


def service() -> Service:
    """The one this installation uses; for any other, one that takes everything and tells nothing."""
    return SERVICES.get(settings.MAIL_SERVICE, Service())


def address_to(mail: EmailMultiAlternatives, message: Message, *, over_interface: bool) -> None:
    """Puts our Message-ID and our mark where the service takes them."""
    chosen, mark = service(), mark_of(message)
    metadata = {"message": mark}
    if not over_interface or chosen.takes_message_id:
        mail.extra_headers["Message-ID"] = message_id(message)
    if over_interface and chosen.takes_metadata:
        mail.metadata = metadata  # type: ignore[attr-defined]
    elif over_interface:
        mail.tags = [mark]  # type: ignore[attr-defined]
    elif chosen.relay_header:
        mail.extra_headers[chosen.relay_header] = json.dumps(metadata) if chosen.takes_metadata else mark
