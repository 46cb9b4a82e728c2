"""The entry of an appointment as the icalendar library writes it: what our own writing is held against."""

from datetime import timedelta

from icalendar import Alarm, Event, vCalAddress, vGeo, vText, vUri

from booking.appointments.calendar import ZONE, EntryFacts, plain, plain_lines


def as_icalendar_writes(facts: EntryFacts) -> str:
    event = Event()
    changed = facts.changed_at.replace(microsecond=0)
    event.add("uid", plain(facts.uid))
    event.add("sequence", facts.sequence)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    starts, ends = facts.starts_at.astimezone(ZONE), facts.ends_at.astimezone(ZONE)
    event.add("dtstart", starts.date() if facts.is_all_day else starts)
    event.add("dtend", ends.date() if facts.is_all_day else ends)
    event.add("summary", plain(facts.summary))
    event.add("status", "CANCELLED" if facts.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if facts.takes_time and not facts.is_cancelled else "TRANSPARENT")
    if facts.location:
        event.add("location", plain(facts.location))
    if facts.latitude is not None and facts.longitude is not None:
        event["geo"] = vGeo((facts.latitude, facts.longitude))
    if facts.description:
        event.add("description", plain_lines(facts.description))
    if facts.url:
        event["url"] = vUri(plain(facts.url))
    if facts.organizer_email:
        organizer = vCalAddress(f"mailto:{''.join(plain(facts.organizer_email).split())}")
        organizer.params["CN"] = vText(plain(facts.organizer_name).replace('"', "’"))
        event["organizer"] = organizer
    if facts.has_alarms and not facts.is_cancelled:
        for before in (timedelta(days=1), timedelta(hours=1)):
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", -before)
            alarm.add("description", plain(facts.alarm or facts.summary))
            event.add_component(alarm)
    return event.to_ical().decode()
