"""A language is chosen with the form, not instead of it: what is typed so far comes along, and nothing is judged yet.

Beside such a form the page's languages (`components/languages.html`) are buttons that send it to the page's address
in that language; where they are links, the page's script sends it as those buttons would (`js/forms.js`). The page
answers as to a GET, so nothing happens and nothing is made; only its fields are as typed.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase, QueryDict

from municipalities.idempotency import NOT_CONTENT
from municipalities.query_names import Param

#: The name of those buttons.
BUTTON = Param.LANGUAGE
_typed: ContextVar[QueryDict | None] = ContextVar("typed", default=None)


def typed_so_far() -> QueryDict | None:
    """What stood in the form when another language was asked for; None for any other request."""
    return _typed.get()


class TypedMiddleware:
    """Behind Django's check of the form's origin: only a page of ours can have fields filled in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _typed.set(None)
        try:
            return self.get_response(request)
        finally:
            _typed.reset(token)

    def process_view(self, request: HttpRequest, _view: object, _args: object, _kwargs: object) -> None:
        if request.method == "POST" and BUTTON in request.POST:
            _typed.set(request.POST)
            request.method = "GET"
            request.POST = QueryDict()


def show_what_is_typed() -> None:
    """A form that is shown anew begins with what was typed into it; passwords are never said back.

    Around Django's own method, once, as `visible.judge_what_is_visible`: every form is shown in three languages.
    """
    begin_with = forms.BaseForm.get_initial_for_field

    def get_initial_for_field(form: forms.BaseForm, field: forms.Field, field_name: str) -> Any:
        typed = _typed.get()
        if typed is not None and _was_sent(form, typed):
            return field.widget.value_from_datadict(typed, {}, form.add_prefix(field_name))
        return begin_with(form, field, field_name)

    forms.BaseForm.get_initial_for_field = get_initial_for_field  # type: ignore[method-assign, assignment]


#: What browsers say only when it is ticked.
TICKS = (forms.CheckboxInput, forms.CheckboxSelectMultiple)


def _was_sent(form: forms.BaseForm, typed: QueryDict) -> bool:
    """Something of it came; or it is all ticks, none of them is left, and nothing came of any other form."""
    keys = {form.add_prefix(name): field.widget for name, field in form.fields.items()}
    if any(
        key in typed if isinstance(widget, TICKS) else not widget.value_omitted_from_data(typed, {}, key)
        for key, widget in keys.items()
    ):
        return True
    nothing_said = not typed.keys() - NOT_CONTENT - {BUTTON}
    return nothing_said and all(isinstance(widget, TICKS) for widget in keys.values())
