from booking.appointments.models.appointments import Appointment, AppointmentPerson, CalendarEntry
from booking.appointments.models.busy import BusyCalendar
from booking.appointments.models.calendar import Counter, CounterClosure, OpeningPeriod
from booking.appointments.models.desk import BoardStep, MorningList, WalkInQuota, WalkInTicket
from booking.appointments.models.documents import Fee, RequiredDocument
from booking.appointments.models.feeds import Departure, FeedEntry
from booking.appointments.models.freetime import FreeGap
from booking.appointments.models.offer import AppointmentType, CalendarPool, Duration, PoolShare, ReleasePolicy
from booking.appointments.models.offerings import CounterOffering
from booking.appointments.models.waiting import EarlierOffer, WaitingListEntry

__all__ = [
    "Appointment",
    "AppointmentPerson",
    "AppointmentType",
    "BoardStep",
    "BusyCalendar",
    "CalendarEntry",
    "CalendarPool",
    "Counter",
    "CounterClosure",
    "CounterOffering",
    "Departure",
    "Duration",
    "EarlierOffer",
    "Fee",
    "FeedEntry",
    "FreeGap",
    "MorningList",
    "OpeningPeriod",
    "PoolShare",
    "ReleasePolicy",
    "RequiredDocument",
    "WaitingListEntry",
    "WalkInQuota",
    "WalkInTicket",
]
