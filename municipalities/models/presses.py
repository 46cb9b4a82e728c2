"""What has been pressed: a form that creates something creates it once, however often it is sent."""

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """One form as it was shown, once it has made something; kept for a day (municipalities/idempotency.py).

    Neither the key itself nor what was typed is here, only hashes made with it. `answer` is where the first press was
    sent to, or the id of what it made.
    """

    digest = models.BinaryField(primary_key=True, max_length=32)
    body = models.BinaryField(max_length=32)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{bytes(self.digest).hex()[:12]} {self.created_at:%Y-%m-%d %H:%M}"
