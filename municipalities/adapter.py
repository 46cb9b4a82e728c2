from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_language

from municipalities import staff_mail
from municipalities.models import StaffMember

#: What the library tells of when somebody has set up a passkey or a code.
FACTOR_ADDED = ("mfa/email/totp_activated", "mfa/email/webauthn_added")


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by a manager, never by whoever comes along; mails leave through the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        # The sites framework is not installed, and the subject says enough by itself.
        return str(subject)

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
