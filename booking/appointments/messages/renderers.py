"""What the messages say. Registered when the app is ready."""


def register() -> None: ...
