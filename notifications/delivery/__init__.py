"""The one place that sends."""

from notifications.delivery.lanes import deliver_due
from notifications.delivery.relay import Report, sweep_lapsed

__all__ = ["Report", "deliver_due", "sweep_lapsed"]
