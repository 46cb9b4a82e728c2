"""An address shown once: as text, as a link that subscribes, as a code for a telephone."""

from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe

from booking.feeds.tokens import as_webcal


@dataclass(frozen=True)
class ShownAddress:
    address: str

    @property
    def webcal(self) -> str:
        return as_webcal(self.address)

    @property
    def code(self) -> SafeString:
        """SVG of the subscribing link; telephones that know it offer to subscribe. Made of our own address only."""
        svg = segno.make(self.webcal, micro=False, error="m").svg_inline(
            scale=4, border=2, omitsize=True, svgclass=None, lineclass=None
        )
        return mark_safe(svg)
