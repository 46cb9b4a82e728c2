"""Why a round is not answered at all."""


class RoundRefused(ValueError):
    """The round means nothing, or two things. `str()` is one sentence that names the part of the file."""
