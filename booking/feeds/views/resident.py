"""Something of a resident's in their own calendar, kept up to date. Only with the half-hour cookie, which also says
what it is: whatever service lets it be followed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from booking.feeds import actions
from booking.feeds.queries import FeedLine, feed_of
from booking.feeds.subscription import ShownAddress
from booking.feeds.tokens import private_address
from booking.residents.browsers import accessible, grant
from booking.residents.views.pages import private, refused, session_ended
from municipalities import services
from municipalities.exceptions import Refusal
from municipalities.feeds import Followed, Following
from municipalities.forms.fields import number_in
from municipalities.query_names import Param
from municipalities.services import Subject

DONE = {"arrete": _("L’adresse ne montre plus rien. Vous pouvez retirer ce calendrier de votre agenda.")}


@dataclass(frozen=True)
class _Own:
    """What this browser may see for half an hour, and can follow."""

    subject: Subject
    following: Following
    pk: UUID
    followed: Followed | None

    @property
    def name(self) -> tuple[str, UUID]:
        return self.subject.type, self.pk

    def line(self) -> FeedLine | None:
        return feed_of(*self.name, self.followed) if self.followed else None


def _with_own(view: Callable[[HttpRequest, _Own], HttpResponse]) -> Callable[[HttpRequest, UUID], HttpResponse]:
    @wraps(view)
    def asked(request: HttpRequest, pk: UUID) -> HttpResponse:
        types = [type for type, known in accessible(request) if known == pk]
        subject = services.subject_of(types[-1]) if types else None
        if subject is None or subject.following is None or subject.find(pk) is None:
            return session_ended(request)
        own = _Own(subject, subject.following, pk, subject.following.read(pk, False))
        try:
            return view(request, own)
        except Refusal as refusal:
            return refused(request, refusal, subject=own.name)

    return asked


@require_GET
@_with_own
def calendar(request: HttpRequest, own: _Own) -> HttpResponse:
    return _page(request, own, None)


@require_POST
@_with_own
def create(request: HttpRequest, own: _Own) -> HttpResponse:
    _feed, token = actions.create_resident_feed(subject_type=own.subject.type, subject_id=own.pk)
    return _page(request, own, token or None)


@require_POST
@_with_own
def reset(request: HttpRequest, own: _Own) -> HttpResponse:
    line = own.line()
    seen = number_in(request.POST.get(Param.ADDRESS, ""))
    if line is None:
        return redirect("follow:calendar", own.pk)
    return _page(request, own, actions.reset_feed(feed=line.feed, seen_token_id=seen))


@require_POST
@_with_own
def revoke(_request: HttpRequest, own: _Own) -> HttpResponse:
    line = own.line()
    if line is not None:
        actions.revoke_feed(feed=line.feed)
    return redirect(reverse("follow:calendar", args=[own.pk]) + f"?{Param.DONE}=arrete")


def _page(request: HttpRequest, own: _Own, token: str | None) -> HttpResponse:
    """The state of the calendar; with a token, its address, this once."""
    context = {
        "subject": own.subject.find(own.pk),
        "pk": own.pk,
        "back": reverse(own.subject.page, kwargs={"pk": own.pk}),
        "line": own.line(),
        "shown": ShownAddress(private_address(token)) if token else None,
        "may_make": own.followed is not None and own.followed.may_begin,
        "done": DONE.get(request.GET.get(Param.DONE, ""), ""),
    }
    response = private(render(request, own.following.template, context))
    grant(request, response, *own.name)
    return response
