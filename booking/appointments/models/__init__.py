from booking.appointments.models.appointments import Appointment, AppointmentPerson
from booking.appointments.models.calendar import Counter, CounterClosure, OpeningPeriod
from booking.appointments.models.documents import Fee, RequiredDocument
from booking.appointments.models.freetime import FreeGap, Offer
from booking.appointments.models.offer import AppointmentType, CalendarPool, Duration, PoolShare, ReleasePolicy

__all__ = [
    "Appointment",
    "AppointmentPerson",
    "AppointmentType",
    "CalendarPool",
    "Counter",
    "CounterClosure",
    "Duration",
    "Fee",
    "FreeGap",
    "Offer",
    "OpeningPeriod",
    "PoolShare",
    "ReleasePolicy",
    "RequiredDocument",
]
