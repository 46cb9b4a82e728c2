"""How handing a message to a provider can fail. `str()` is short and names nobody: it is stored and logged."""


class DeliveryError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason[:200])


class Refused(DeliveryError):
    """Surely not sent, and never will be: the address or the message is no good."""


class SenderRefused(Refused):
    """Surely not sent: the provider does not let us write in this sender's name."""


class TryLater(DeliveryError):
    """Surely not sent; the same message may pass later."""


class Unreachable(DeliveryError):
    """Surely not sent, and the message is not to blame: the provider is away or does not know us."""


class Uncertain(DeliveryError):
    """Cut off after the message was handed over: it may have been sent. Never repeated by itself."""
