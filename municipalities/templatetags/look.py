"""{% load look %}: dresses Django's form widgets in the classes of the style sheet, without touching the forms."""

from typing import Any

from django import forms, template
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.template import Context
from django.utils.safestring import SafeString

from municipalities.forms.errors import ErrorRow, errors_of

register = template.Library()

#: The first that fits wins.
CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.SelectMultiple, "govuk-select"),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.widgets.Input, "govuk-input"),
)
NARROW = {"date": "10", "time": "10", "number": "5", "color": "5", "tel": "20"}


@register.filter
def widget_shape(field: BoundField) -> str:
    """How a field's template has to lay it out: "checkbox", "radios", "checkboxes", "group" or "plain"."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "group" if field.use_fieldset else "plain"


@register.filter
def option_groups(field: BoundField) -> list[tuple[str | None, list[BoundWidget]]]:
    """What can be chosen, by group: its name, nothing for a choice of no group, and its options as widgets."""
    widget = field.field.widget
    attrs = field.build_widget_attrs({"id": widget.attrs.get("id") or field.auto_id})
    groups = widget.optgroups(field.html_name, widget.format_value(field.value()), attrs)
    return [(name, [BoundWidget(widget, one, field.form.renderer) for one in options]) for name, options, _ in groups]


@register.filter
def dressed(field: BoundField) -> SafeString:
    """The widget with its class, kept where the form gave one; wider or narrower by what is typed into it."""
    widget = field.field.widget
    given = widget.attrs.get("class", "")
    name = next((name for kind, name in CLASSES if isinstance(widget, kind)), "")
    names = given.split() if name in given.split() else [name, *given.split()]
    kind = getattr(widget, "input_type", "")
    if kind in NARROW and not any("--width-" in known for known in names):
        names.append(f"govuk-input--width-{NARROW[kind]}")
    if field.errors and name in ("govuk-input", "govuk-select", "govuk-textarea"):
        names.append(f"{name}--error")
    # A placeholder says again what the label says, too pale, and goes as soon as one types.
    attrs: dict[str, Any] = {"class": " ".join(filter(None, names)), "placeholder": False}
    if isinstance(widget, forms.Textarea) and "rows" not in widget.attrs:
        attrs["rows"] = "4"
    return field.as_widget(attrs=attrs)


@register.filter
def option_attributes(option: BoundWidget) -> list[tuple[str, Any]]:
    """Attributes of one radio button or box, without the class the form gave to the whole group."""
    return [(name, value) for name, value in option.data["attrs"].items() if name != "class"]


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether its label says so. `needed_sometimes` of a form names fields that some other answer asks for."""
    return not field.field.required and field.name not in getattr(field.form, "needed_sometimes", ())


@register.simple_tag(takes_context=True)
def summed_errors(context: Context) -> list[ErrorRow]:
    """The rows of `components/error_summary.html`, from whichever of its parameters was given."""
    if text := context.get("text"):
        return [("", "", str(text))]
    form = context.get("form")
    forms_given = [form] if form is not None else []
    return [*(context.get("errors") or ()), *errors_of(*forms_given, *(context.get("forms") or ()))]
