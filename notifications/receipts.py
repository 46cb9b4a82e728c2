"""What providers report about messages they took: delivered, or not."""

import logging
from collections.abc import Collection
from typing import Any

from notifications.models import Message, MessageState
from notifications.references import marked

logger = logging.getLogger(__name__)

#: A receipt can overtake our own note of having sent, and it settles an uncertain message.
_OPEN = (MessageState.SENDING, MessageState.SENT, MessageState.AMBIGUOUS)

_MAIL_EVENTS = {
    "delivered": MessageState.DELIVERED,
    "bounced": MessageState.BOUNCED,
    "rejected": MessageState.BOUNCED,
    "failed": MessageState.BOUNCED,
}
_DELIVERED_WORDS = {"delivered", "delivrd", "delivery", "1"}
_LOST_WORDS = {
    "soft_bounce", "hard_bounce", "softbounces", "hardbounces", "rejected", "blocked", "blacklisted", "undeliv",
    "undelivered", "undelivrd", "failed", "expired", "rejectd", "2", "16",
}  # fmt: skip
#: OVHcloud's two numbers: how far the message is, and by which reason (`ptt`), whose list is open. Whatever is still
#: tried again is no news.
_OVH_STATES = {"0": "", "1": "delivered", "2": "failed", "4": "", "8": "", "16": "failed"}
_OVH_REASONS = {"1": "", "2": "", "3": "", "4": "delivered", "6": ""}


def note(*, provider_ids: Collection[str], state: MessageState, reason: str = "", pk: int | None = None) -> int:
    """Notes a receipt. A bounce may follow a delivery (a relay took it, the mailbox did not); never the reverse.

    `pk` is from our own mark, which names one message; the provider's names are for receipts that come without.
    """
    states = [*_OPEN, MessageState.DELIVERED] if state == MessageState.BOUNCED else list(_OPEN)
    found = Message.objects.filter(state__in=states)
    known = [provider_id for provider_id in provider_ids if provider_id]
    if pk is not None:
        found = found.filter(pk=pk)
    elif known:
        found = found.filter(provider_id__in=known)
    else:
        return 0
    return found.update(state=state, claimed_until=None, last_error=reason[:200])


def note_mail_event(event: Any, **_signal: Any) -> None:
    """Receiver of anymail's tracking signal."""
    state = _MAIL_EVENTS.get(event.event_type)
    if state is None:
        return
    marks = [(event.metadata or {}).get("message"), *(event.tags or ())]
    message_id = str(event.message_id or "")
    bare = message_id.strip("<>")
    note(
        provider_ids={message_id, bare, f"<{bare}>"} if bare else set(),
        state=state,
        reason="" if state == MessageState.DELIVERED else f"{event.event_type} {event.reject_reason or ''}".strip(),
        pk=next((pk for mark in marks if (pk := marked(mark)) is not None), None),
    )


def note_sms_receipt(fields: dict[str, str]) -> int:
    """A receipt in the words of OVHcloud (id, ptt), Brevo (messageId, msg_status) or a plain gateway (id, status).

    Returns how many messages it settled; unknown words and unknown references settle none.
    """
    reference = fields.get("messageId") or fields.get("id") or fields.get("reference") or ""
    word = (fields.get("msg_status") or fields.get("status") or fields.get("dlr") or _word_of_ovh(fields)).lower()
    if word in _DELIVERED_WORDS:
        return note(provider_ids=[reference], state=MessageState.DELIVERED)
    if word in _LOST_WORDS:
        return note(provider_ids=[reference], state=MessageState.BOUNCED, reason=f"SMS {word}")
    return 0


def _word_of_ovh(fields: dict[str, str]) -> str:
    if "ptt" not in fields:
        return ""
    state, reason = fields.get("description", ""), fields["ptt"]
    return _OVH_STATES.get(state, _OVH_REASONS.get(reason, "failed" if reason.isdecimal() else ""))
