import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from notifications.models import Channel, Message, ReminderPolicy


class MessageFactory(DjangoModelFactory[Message]):
    """A mail that is due now."""

    class Meta:
        model = Message

    kind = "test.hello"
    channel = Channel.MAIL
    recipient = factory.Sequence(lambda n: f"habitant{n}@mail.example")
    due_at = factory.LazyFunction(timezone.now)


class ReminderPolicyFactory(DjangoModelFactory[ReminderPolicy]):
    """The territory's, unless a facility is given."""

    class Meta:
        model = ReminderPolicy
        django_get_or_create = ("facility",)

    facility = None
