"""An address shown once: as text, as a link that subscribes, as a code for a telephone."""

from dataclasses import dataclass

import segno

from booking.feeds.tokens import as_webcal


@dataclass(frozen=True)
class ShownAddress:
    address: str

    @property
    def webcal(self) -> str:
        return as_webcal(self.address)

    @property
    def code(self) -> str:
        """SVG of the subscribing link; telephones that know it offer to subscribe. Made of our own address only."""
        return segno.make(self.webcal, micro=False, error="m").svg_inline(
            scale=4, border=2, omitsize=True, svgclass=None, lineclass=None
        )
