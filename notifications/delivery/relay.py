"""Claims, marks, hands over, notes. See config/adr/0020-outbox-delivery.md for the protocol and its price.

A batch is claimed (`claimed_until` set, still `QUEUED`: nothing has left the house, a lapsed claim may simply be taken
again). Then, a handful at a time: render, mark `SENDING` with a lease and commit, hand over, note the outcome. Only a
handful can therefore be cut off between handing over and noting, and only these become `AMBIGUOUS`.
"""

import logging
import random
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from municipalities import senders
from notifications import kinds
from notifications.delivery.breaker import Breaker
from notifications.delivery.providers import Provider, open_provider
from notifications.exceptions import DeliveryError, Refused, Uncertain, Unreachable
from notifications.kinds import Urgency
from notifications.models import Channel, Message, MessageState

logger = logging.getLogger(__name__)

BATCH = 100
#: Messages marked as being sent at a time: what a kill -9 can make uncertain, against one commit per handful.
HANDFUL = 8
ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
#: While a provider is away its messages wait this long; attempts are not counted.
OUTAGE_PAUSE = timedelta(seconds=30)

CLAIM_SQL = """
WITH due AS MATERIALIZED (
    SELECT id FROM notifications_message
     WHERE state = 'queued' AND due_at <= %(now)s AND channel = %(channel)s AND (kind = ANY(%(kinds)s)) = %(is_one)s
       AND (claimed_until IS NULL OR claimed_until < %(now)s)
     ORDER BY due_at, id LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED)
UPDATE notifications_message m SET claimed_until = %(until)s FROM due WHERE m.id = due.id
RETURNING m.*
"""

# One round trip notes the last handful and marks the next. A row is only ever moved from the state we left it in: a
# message withdrawn in between, or claimed by another after our claim lapsed, is left alone. `AMBIGUOUS` is what the
# sweep makes of our own row when the provider was slower than the lease: the truth we bring replaces it.
NOTE_AND_MARK_SQL = """
WITH noted AS (
    UPDATE notifications_message m
       SET state = o.state, provider_id = COALESCE(NULLIF(o.provider_id, ''), m.provider_id), sent_at = o.sent_at,
           last_error = o.error, claimed_until = o.pause_until, attempts = m.attempts + o.counted
      FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(provider_ids)s::text[], %(sent)s::timestamptz[],
                  %(errors)s::text[], %(pauses)s::timestamptz[], %(counted)s::int[], %(marked)s::bool[])
        AS o(id, state, provider_id, sent_at, error, pause_until, counted, marked)
     WHERE m.id = o.id
       AND CASE WHEN o.marked THEN m.state IN ('sending', 'ambiguous')
                ELSE m.state = 'queued' AND m.claimed_until = %(claim)s END)
UPDATE notifications_message SET state = 'sending', claimed_until = %(lease)s, attempts = attempts + 1
 WHERE id = ANY(%(mark)s::bigint[]) AND state = 'queued' AND claimed_until = %(claim)s
RETURNING id
"""


@dataclass(slots=True)
class Outcome:
    """What became of one message. `counted` corrects the number of attempts, `marked` says it had been `SENDING`."""

    id: int
    state: MessageState
    provider_id: str = ""
    sent_at: datetime | None = None
    error: str = ""
    pause_until: datetime | None = None
    counted: int = 0
    marked: bool = True


@dataclass(slots=True)
class Report:
    """How many messages a run brought into which state; `is_cut_short` when a provider was away or time was up."""

    states: Counter[str] = field(default_factory=Counter)
    is_cut_short: bool = False

    def add(self, other: "Report") -> None:
        self.states.update(other.states)
        self.is_cut_short |= other.is_cut_short

    @property
    def sent(self) -> int:
        return self.states[MessageState.SENT]


class Lane(NamedTuple):
    """Messages that wait for each other, and for no others."""

    urgency: Urgency
    channel: Channel


#: Who refuses everybody, or is away, is left alone by all lanes of a channel.
BREAKERS = {channel: Breaker() for channel in Channel}


def lease() -> timedelta:
    seconds: float = settings.MESSAGE_LEASE_SECONDS
    return timedelta(seconds=seconds)


def deliver_lane(lane: Lane, now: datetime | None, ends: float) -> Report:
    """Batch after batch of one lane, until nothing is due there, its provider is away, or time is up."""
    report = Report()
    breaker = BREAKERS[lane.channel]
    while not breaker.is_open and time.monotonic() < ends:
        batch = _Batch(lane, now or timezone.now(), ends)
        if not batch.messages:
            return report
        batch.deliver()
        report.states.update(batch.counts)
    report.is_cut_short = True
    return report


def due(now: datetime) -> QuerySet[Message]:
    """What is to be sent and nobody is sending."""
    unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    return Message.objects.filter(unclaimed, state=MessageState.QUEUED, due_at__lte=now)


def sweep_lapsed(*, now: datetime | None = None) -> int:
    """Messages whose sender went silent between handing over and noting: uncertain from now on, and reported."""
    lapsed = Message.objects.filter(state=MessageState.SENDING, claimed_until__lt=now or timezone.now())
    number = lapsed.update(
        state=MessageState.AMBIGUOUS, claimed_until=None, last_error="cut off while sending: may have been sent"
    )
    if number:
        logger.error("messages_ambiguous", extra={"number": number})
    return number


def pause_after(attempts: int) -> timedelta:
    """Exponential, with a quarter of jitter either way so that messages do not come back in step."""
    pause: timedelta = min(FIRST_PAUSE * 4 ** min(max(attempts - 1, 0), 10), LONGEST_PAUSE)
    return timedelta(seconds=pause.total_seconds() * random.uniform(0.75, 1.25))


class _Batch:
    """Up to a hundred messages of one lane, over one connection to the provider. `ends` by the monotonic clock."""

    def __init__(self, lane: Lane, now: datetime, ends: float = float("inf")) -> None:
        self.lane = lane
        self.breaker = BREAKERS[lane.channel]
        self.now = now
        self.ends = ends
        self.claim = now + lease()
        self.counts: Counter[str] = Counter()
        self.messages = self._claimed(now)

    def _claimed(self, now: datetime) -> list[Message]:
        # Kinds that nobody registered belong to the last lane: those of no other.
        is_one = self.lane.urgency != Urgency.LATER
        kinds_of_lane = kinds.with_urgency(*([self.lane.urgency] if is_one else [Urgency.NOW, Urgency.SOON]))
        parameters = {
            "now": now,
            "channel": str(self.lane.channel),
            "kinds": kinds_of_lane,
            "is_one": is_one,
            "limit": BATCH,
            "until": self.claim,
        }
        found = Message.objects.raw(CLAIM_SQL, parameters)
        return sorted(found, key=lambda message: (message.due_at, message.pk))

    def deliver(self) -> None:
        """While one handful is on its way, in a thread that touches no database, the next is rendered."""
        facts = self._gathered()
        queue = iter(self.messages)
        outcomes: list[Outcome] = []
        on_its_way: Future[list[Outcome]] | None = None
        with ThreadPoolExecutor(1) as sender, open_provider(self.lane.channel) as provider:
            while handful := list(islice(queue, HANDFUL)):
                ready = list(self._rendered(handful, facts, outcomes))
                if on_its_way is not None:
                    outcomes += on_its_way.result()
                if self._is_over():
                    outcomes += [self._put_back(message) for message, _ in ready]
                    on_its_way = None
                    break
                marked = self._note_and_mark(outcomes, [message.pk for message, _ in ready])
                outcomes = []
                on_its_way = sender.submit(self._sent, provider, [pair for pair in ready if pair[0].pk in marked])
            if on_its_way is not None:
                outcomes += on_its_way.result()
            self._note_and_mark([*outcomes, *map(self._put_back, queue)], [])
        senders.note(provider.senders)

    def _gathered(self) -> dict[int, Any] | Exception:
        try:
            return kinds.gather_all(self.messages)
        except Exception as error:
            # Told per message below: each waits and tries again, none is lost.
            return error

    def _rendered(
        self, handful: Sequence[Message], facts: dict[int, Any] | Exception, outcomes: list[Outcome]
    ) -> Iterator[tuple[Message, kinds.Rendered]]:
        for message in handful:
            try:
                if isinstance(facts, Exception):
                    raise facts
                with translation.override(message.language):
                    rendered = kinds.kind_of(message).render(message, facts.get(message.pk))
            except Exception as error:
                logger.error("message_not_rendered", extra={"message_id": message.pk, "reason": _where(error)})
                outcomes.append(self._failed(message, f"not rendered: {type(error).__name__}", is_marked=False))
                continue
            if rendered is None:
                outcomes.append(Outcome(message.pk, MessageState.WITHDRAWN, marked=False))
            else:
                yield message, rendered

    def _sent(self, provider: Provider, pairs: Sequence[tuple[Message, kinds.Rendered]]) -> list[Outcome]:
        """Runs in the sending thread, which touches no database."""
        # Beyond half the lease another message could be overtaken by the sweep while it is being sent.
        ends = min(self.ends, time.monotonic() + lease().total_seconds() / 2)
        told: list[tuple[Message, str | DeliveryError | None]] = []
        for message, rendered in pairs:
            if self.breaker.is_open or time.monotonic() > ends:
                told.append((message, None))
                continue
            try:
                told.append((message, provider.send(message, rendered)))
            except DeliveryError as error:
                told.append((message, error))
                if isinstance(error, Unreachable):
                    self.breaker.is_open = True
                elif not isinstance(error, Uncertain):
                    self.breaker.refused(message.pk)
            else:
                self.breaker.taken()
        return [self._outcome(message, answer) for message, answer in told]

    def _outcome(self, message: Message, answer: str | DeliveryError | None) -> Outcome:
        match answer:
            case None:
                return self._put_back(message, is_marked=True)
            case str():
                return Outcome(message.pk, MessageState.SENT, answer[:200], timezone.now())
            case Uncertain():
                logger.error("message_ambiguous", extra={"message_id": message.pk, "reason": str(answer)})
                return Outcome(message.pk, MessageState.AMBIGUOUS, error=str(answer))
            case _ if self.breaker.is_open:
                extra = {"channel": str(self.lane.channel), "reason": str(answer)}
                logger.warning("provider_unreachable", extra=extra)
                return self._put_back(message, str(answer), is_marked=True)
            case Refused():
                return Outcome(message.pk, MessageState.FAILED, error=str(answer))
        return self._failed(message, str(answer), is_marked=True)

    def _is_over(self) -> bool:
        return self.breaker.is_open or time.monotonic() > self.ends

    def _failed(self, message: Message, reason: str, *, is_marked: bool) -> Outcome:
        """Once more after a pause, or given up after the last attempt."""
        attempts = message.attempts + 1
        outcome = Outcome(
            message.pk, MessageState.FAILED, error=reason[:200], counted=0 if is_marked else 1, marked=is_marked
        )
        if attempts < ATTEMPTS:
            outcome.state = MessageState.QUEUED
            outcome.pause_until = self.now + pause_after(attempts)
        else:
            logger.error("message_given_up", extra={"message_id": message.pk, "reason": reason})
        return outcome

    def _put_back(self, message: Message, reason: str = "", *, is_marked: bool = False) -> Outcome:
        """Not the message's fault: the attempt does not count. It waits only where the provider is away."""
        pause = self.now + OUTAGE_PAUSE * random.uniform(0.5, 1.5) if self.breaker.is_open else None
        return Outcome(
            message.pk,
            MessageState.QUEUED,
            error=reason,
            pause_until=pause,
            counted=-1 if is_marked else 0,
            marked=is_marked,
        )

    def _note_and_mark(self, outcomes: Sequence[Outcome], mark: Sequence[int]) -> set[int]:
        """Notes outcomes, marks these rows as being sent; the ids that were still ours to mark. One statement."""
        if not outcomes and not mark:
            return set()
        self.counts.update(str(outcome.state) for outcome in outcomes)
        parameters: dict[str, Any] = {
            "ids": [o.id for o in outcomes],
            "states": [str(o.state) for o in outcomes],
            "provider_ids": [o.provider_id for o in outcomes],
            "sent": [o.sent_at for o in outcomes],
            "errors": [o.error for o in outcomes],
            "pauses": [o.pause_until for o in outcomes],
            "counted": [o.counted for o in outcomes],
            "marked": [o.marked for o in outcomes],
            "claim": self.claim,
            "lease": timezone.now() + lease(),
            "mark": list(mark),
        }
        with connection.cursor() as cursor:
            cursor.execute(NOTE_AND_MARK_SQL, parameters)
            return {row[0] for row in cursor.fetchall()}


def _where(error: Exception) -> str:
    """Class and place: the text of an error, or its trace, could quote a person."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"
