"""One press is one thing: whatever a form creates, it creates once, also when it is sent twice at one instant.

`{% csrf_token %}` puts a key beside the token into every form that is shown, and `@one_press` on a view does the rest:
the key is claimed in the very transaction that creates. A second press waits for the first at the table's primary key,
then is answered with what the first one made. The same key with other content is said and creates nothing.

What cannot afford the statements (the hold) takes a `Press` along and claims it in its own: see `CLAIM_SQL`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from municipalities.database.transactions import judge_at_once, patient_transaction
from municipalities.models import IdempotencyKey, StaffMember

P = ParamSpec("P")
Answer = TypeVar("Answer", bound=HttpResponseBase)

#: Name of the hidden field.
FIELD = "appui"
#: 128 bits: nobody guesses somebody else's form.
KEY_BYTES = 16
KEPT_FOR = timedelta(days=1)
NOT_CONTENT = {FIELD, "csrfmiddlewaretoken"}


@dataclass(frozen=True)
class Press:
    """A form that was sent: who it is, and what it says; both as hashes that only the form's key explains."""

    digest: bytes
    body: bytes


def new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def key_of(request: HttpRequest) -> str:
    """The key a form was sent with; empty where it had none."""
    key = request.POST.get(FIELD, "") if request.method == "POST" else ""
    return key if 16 <= len(key) <= 64 else ""


def press_of(request: HttpRequest, *, buttons: Sequence[str] = ()) -> Press | None:
    """`buttons` are fields whose values are presses of their own: many starts stand in one form."""
    key = key_of(request)
    if not key:
        return None
    # Signed-out residents are not told apart: what an answer leads to asks for itself who comes.
    who = str(request.user.pk) if isinstance(getattr(request, "user", None), StaffMember) else ""
    chosen = [value for name in buttons for value in request.POST.getlist(name)]
    return Press(
        digest=hashlib.sha256("\0".join((key, request.path, who, *chosen)).encode()).digest(),
        body=hmac.digest(key.encode(), _content(request), "sha256"),
    )


def _content(request: HttpRequest) -> bytes:
    parts = [f"{name}={value}" for name, values in request.POST.lists() if name not in NOT_CONTENT for value in values]
    for name, files in request.FILES.lists():
        for file in files:
            parts.append(f"{name}={hashlib.sha256(file.read()).hexdigest()}")
            file.seek(0)
    return "\0".join(sorted(parts)).encode()


def one_press(
    view: Callable[Concatenate[HttpRequest, P], Answer],
) -> Callable[Concatenate[HttpRequest, P], Answer | HttpResponse]:
    """Around a view that creates: its POST is one transaction with the form's key, and made once.

    What ends in a redirect has made something; any other answer (a form with errors) lets the key go, and an answer of
    500 or more undoes everything. A form without a key is answered as if it were the first. Raises Busy.
    """

    @wraps(view)
    def pressed(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Answer | HttpResponse:
        press = press_of(request)
        if press is None:
            return view(request, *args, **kwargs)
        with patient_transaction():
            judge_at_once()
            before = _claim(press)
            if before is not None:
                return _answer_again(request, press, before)
            response = view(request, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            else:
                _settle(press, response)
            return response

    pressed.is_one_press = True  # type: ignore[attr-defined]
    return pressed


def is_one_press(view: Callable[..., object]) -> bool:
    return bool(getattr(view, "is_one_press", False))


def _claim(press: Press) -> IdempotencyKey | None:
    """Take the key, waiting for whoever is at it; what the first press left, if it was not us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO municipalities_idempotencykey (digest, body, answer, created_at) VALUES (%s, %s, '', now())"
            " ON CONFLICT DO NOTHING",
            [press.digest, press.body],
        )
        if cursor.rowcount:
            return None
    return IdempotencyKey.objects.get(digest=press.digest)


def _settle(press: Press, response: HttpResponseBase) -> None:
    mine = IdempotencyKey.objects.filter(digest=press.digest)
    where = response.get("Location") or response.get("HX-Redirect", "")
    if where:
        mine.update(answer=where)
    else:
        mine.delete()


def _answer_again(request: HttpRequest, press: Press, before: IdempotencyKey) -> HttpResponse:
    if bytes(before.body) != press.body:
        return render(
            request, "already_sent.html", {"made": before.answer, "back": request.get_full_path()}, status=409
        )
    if "HX-Request" in request.headers:
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = before.answer
        return answer
    return HttpResponseRedirect(before.answer)


#: For a statement that creates by itself, as one of its CTEs: it fails on the second press, and makes nothing. Takes
#: `press`, `press_body` and `id`, which becomes the answer; writes nothing where `press` is NULL.
CLAIM_SQL = """
INSERT INTO municipalities_idempotencykey (digest, body, answer, created_at)
SELECT %(press)s::bytea, %(press_body)s::bytea, %(id)s::text, now() WHERE %(press)s::bytea IS NOT NULL
"""


def claim_parameters(press: Press | None) -> dict[str, bytes | None]:
    return {"press": press.digest if press else None, "press_body": press.body if press else None}


def answer_of(press: Press) -> str:
    """What a first press made, empty where there was none."""
    return IdempotencyKey.objects.filter(digest=press.digest).values_list("answer", flat=True).first() or ""


def let_go(press: Press, answer: str) -> bool:
    """What the first press made is there no more: the form may be sent again. Whether it was us who said so."""
    return bool(IdempotencyKey.objects.filter(digest=press.digest, answer=answer).delete()[0])


def purge(now: datetime, *, dry_run: bool) -> int:
    """Forget forms that nobody presses any more. Their number."""
    due = IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR)
    return due.count() if dry_run else due.delete()[0]
