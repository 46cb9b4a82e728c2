import hashlib
from datetime import timedelta
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.residents.models import AccessLink


class AccessLinkFactory(DjangoModelFactory[AccessLink]):
    """`AccessLinkFactory(token="…")` stores the SHA-256 of the token."""

    class Meta:
        model = AccessLink

    class Params:
        token = factory.Sequence(lambda n: f"jeton-{n}")

    token_hash = factory.LazyAttribute(lambda o: hashlib.sha256(o.token.encode()).digest())
    subject_type = "appointment"
    subject_id = factory.LazyFunction(uuid4)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
