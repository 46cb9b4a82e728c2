from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from municipalities import callers, known_browsers, staff_mail
from municipalities.models import StaffMember

#: What the library tells of when somebody has set up a passkey or a code.
FACTOR_ADDED = ("mfa/email/totp_activated", "mfa/email/webauthn_added")
#: Failures for one account from all browsers that have never been inside it: who guesses from a thousand addresses.
STRANGERS = {"failed_by_strangers": "30/h/key"}


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by a manager, never by whoever comes along; mails leave through the outbox.

    Failures at the door count by account *and* caller, so that no stranger locks a named agent out: at the fifth this
    caller waits, or shows by the link to the mailbox whose account it is. Beyond what strangers may try together, the
    password is believed only from a browser that has been inside the account before.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Trop d’essais : attendez cinq minutes, ou demandez un lien par « Mot de passe oublié ? » ; il ouvre le "
            "compte aussitôt."
        ),
    }

    _by_strangers: Any = None

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        # The sites framework is not installed, and the subject says enough by itself.
        return str(subject)

    def get_client_ip(self, request: HttpRequest) -> str:
        return callers.address_of(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        email = _typed(credentials)
        caller = known_browsers.mark_in(request, email) or callers.client_address(request)
        return f"{email} {caller}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        email = _typed(credentials)
        if known_browsers.mark_in(request, email):
            return
        self._by_strangers = ratelimit.consume(
            request, app="allauth.account", action="failed_by_strangers", config=STRANGERS, key=email
        )
        if not self._by_strangers:
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._by_strangers:
            self._by_strangers.rollback()

    def post_login(self, request: HttpRequest, user: StaffMember, **details: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **details)
        known_browsers.remember(request, response, user.email)
        return response

    def send_notification_mail(
        self,
        template_prefix: str,
        user: StaffMember,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        if template_prefix in FACTOR_ADDED:
            self._end_sessions_elsewhere(user)
        # The library would look into its own table of addresses, which stays empty here.
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email or user.email)

    def _end_sessions_elsewhere(self, user: StaffMember) -> None:
        """A session that a password alone has opened does not become one that has shown the second factor."""
        here = self.request.session.session_key if self.request is not None else None
        for session in UserSession.objects.filter(user=user).exclude(session_key=here):
            session.end()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        staff = context.get("user")
        member = staff if isinstance(staff, StaffMember) else None
        language = member.language if member else (get_language() or "fr")[:2]
        if template_prefix == "account/email/password_reset_key" and member is not None:
            # The link is made when the mail is sent, so that no key to an account lies in the table of messages.
            staff_mail.post(staff_mail.Letter("password", member.email, language, member))
            return
        with translation.override(language):
            letter = self.render_mail(template_prefix, email, {"request": self.request, "email": email, **context})
        staff_mail.post(staff_mail.Letter("notice", email, language, member, letter.subject, str(letter.body)))


def _typed(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email", "")).strip().lower()
