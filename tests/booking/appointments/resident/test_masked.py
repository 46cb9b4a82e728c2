"""A contact that its owner recognises, in the midst of a sentence."""

import pytest

from booking.appointments.templatetags.citizen import masked
from municipalities.wording import NBSP


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("odile@mail.example", '<span class="gc-nowrap">o…@mail.example</span>'),
        ("+33639981234", f'<span class="gc-nowrap">+33{NBSP}…{NBSP}34</span>'),
        ("", ""),
    ],
)
def test_a_masked_contact_stands_before_a_comma_without_a_space(contact: str, said: str) -> None:
    assert masked(contact) == said
