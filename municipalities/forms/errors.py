"""What the summary on top of a page lists: one row (anchor, who, sentence) for each error, in the order of the page."""

from collections.abc import Iterable

from django import forms
from django.forms import BoundField

#: The id a link leads to (or nothing), whose field it is in a word (or nothing), and what is wrong.
ErrorRow = tuple[str, str, str]


def errors_of(*parts: forms.BaseForm, labelled: bool = True) -> list[ErrorRow]:
    """The errors of these forms. `labelled` names the field before its sentence, for sentences that do not."""
    return [row for form in parts for row in _rows(form, labelled)]


def _rows(form: forms.BaseForm, labelled: bool) -> Iterable[ErrorRow]:
    for sentence in form.non_field_errors():
        yield "", "", str(sentence)
    for field in form:
        for sentence in field.errors:
            if field.is_hidden:
                yield "", "", str(sentence)
            else:
                yield anchor(field), str(field.label) if labelled else "", str(sentence)


def anchor(field: BoundField) -> str:
    """The id of what an error link focuses: the first of a group of buttons, or the field itself."""
    if isinstance(field.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)
