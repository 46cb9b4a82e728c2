"""Where a person stands on the day itself: instants beside the state, so that nothing else has to know of them."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import CANCELLED, BoardStatus, PriorityReason, State

_OF_STATE: dict[str, BoardStatus] = {
    State.ATTENDED.value: BoardStatus.SERVED,
    State.INCOMPLETE.value: BoardStatus.INCOMPLETE,
    State.NO_SHOW.value: BoardStatus.NO_SHOW,
    **{state.value: BoardStatus.CANCELLED for state in CANCELLED},
}


def status_of(
    state: str, arrived_at: datetime | None, called_at: datetime | None, *, is_past: bool = False
) -> BoardStatus:
    """What is shown everywhere: the state once it is settled, else how far the person has come.

    Once the day is over nobody is expected any more: what became of the person is still to be noted.
    """
    settled = _OF_STATE.get(state)
    if settled is not None:
        return settled
    if is_past:
        return BoardStatus.UNSETTLED
    if called_at:
        return BoardStatus.SERVING
    return BoardStatus.ARRIVED if arrived_at else BoardStatus.EXPECTED


def say_status(status: BoardStatus, state: str) -> str:
    """The status in a word; of a cancellation also whose it was."""
    return str(State(state).label if status == BoardStatus.CANCELLED else status.label)


def minutes_waited(
    arrived_at: datetime | None, called_at: datetime | None, served_at: datetime | None, now: datetime
) -> int | None:
    """Whole minutes between arriving and being called, or until `now`. None for whoever has not come."""
    if arrived_at is None:
        return None
    end = called_at or served_at or now
    return max(0, int((end - arrived_at).total_seconds() // 60))


#: What a day at the counter writes of a person, beside the state.
OF_THE_DAY = ("arrived_at", "called_at", "served_at", "skipped_at", "recalled_at", "called_to", "priority")


class Presence(models.Model):
    """Arrived, called to a counter, done. Null until it happens; each is taken back by undoing."""

    arrived_at = models.DateTimeField(_("arrivé à"), null=True, blank=True)
    called_at = models.DateTimeField(_("appelé à"), null=True, blank=True)
    served_at = models.DateTimeField(_("terminé à"), null=True, blank=True)
    # Who did not answer the call comes after those who had arrived by then.
    skipped_at = models.DateTimeField(_("a passé son tour à"), null=True, blank=True)
    recalled_at = models.DateTimeField(_("rappelé à"), null=True, blank=True)
    called_to = models.ForeignKey(
        "appointments.Counter",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("appelé au guichet"),
        db_index=False,
    )
    # With a default in the database too: rows are inserted by statements of ours.
    priority = models.CharField(
        _("priorité"), max_length=10, choices=PriorityReason.choices, blank=True, default="", db_default=""
    )

    if TYPE_CHECKING:
        #: Declared by the models themselves.
        state: models.CharField[str, str]
        called_to_id: int | None

    class Meta:
        abstract = True

    @property
    def local_day(self) -> date:
        raise NotImplementedError

    @property
    def board_status(self) -> BoardStatus:
        """See `status_of`."""
        is_past = self.local_day < timezone.localdate()
        return status_of(str(self.state), self.arrived_at, self.called_at, is_past=is_past)

    @property
    def status_word(self) -> str:
        """See `say_status`."""
        return say_status(self.board_status, str(self.state))

    def leave(self) -> None:
        """As if the person had never come. Saves nothing: the fields are `OF_THE_DAY`."""
        self.arrived_at = self.called_at = self.served_at = self.skipped_at = self.recalled_at = self.called_to = None
        self.priority = ""

    def waited_minutes(self, now: datetime) -> int | None:
        """See `minutes_waited`."""
        return minutes_waited(self.arrived_at, self.called_at, self.served_at, now)
