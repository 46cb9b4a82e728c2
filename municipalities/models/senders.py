"""In whose name the provider lets nothing through."""

from django.db import models


class RefusedSender(models.Model):
    """An office's sender address that the provider refused, until a mail passes that comes from it.

    By the address and not by the office: it is what the provider judges. Mails leave meanwhile from the territory's
    address, and answers go to the office's.
    """

    address = models.EmailField(primary_key=True)
    refused_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address
