"""What the pools tell at the door: their pages, what a closure touches, and that their tables name nobody."""

from municipalities.services import Service

DOOR = Service(
    name="activities",
    impersonal={
        "activities.Basin": ("name",),
        "activities.Lane": ("name",),
        # A school, a club, a course: who has a lane is never one person.
        "activities.UseSeries": ("label",),
        "activities.LaneUse": ("label",),
        "activities.SchoolHoliday": ("name",),
    },
)
