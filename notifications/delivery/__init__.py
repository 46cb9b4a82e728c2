"""The one place that sends."""

from notifications.delivery.relay import Report, deliver_due, sweep_lapsed

__all__ = ["Report", "deliver_due", "sweep_lapsed"]
