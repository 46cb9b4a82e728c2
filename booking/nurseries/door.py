"""What nursery places tell at the door. They keep nothing of people: a round is a file, its children numbers."""

from municipalities.services import Service

DOOR = Service(
    name="nurseries",
    impersonal={
        "nurseries.Nursery": ("presentation",),
    },
)
