"""Mails to staff about their account, carried by the outbox like everything else.

A row names the person, never the key: the link that lets one choose a password is made when the mail is sent, so that
nobody who reads the table can take over an account.
"""

from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from municipalities import staff_mail
from municipalities.models import Municipality, Operator, StaffMember
from notifications import kinds
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

INVITATION = "staff.invitation"
PASSWORD = "staff.password"
NOTICE = "staff.notice"
SENDER = "staff.sender"
KIND_OF_LETTER = {"invitation": INVITATION, "password": PASSWORD, "notice": NOTICE, "sender": SENDER}


#: In whose name a mail may be tried.
_OFFICES: dict[str, type[Municipality] | type[Operator]] = {
    model._meta.label: model for model in (Municipality, Operator)
}


def register() -> None:
    kinds.register(INVITATION, render_invitation)
    kinds.register(PASSWORD, render_password)
    kinds.register(NOTICE, render_notice)
    kinds.register(SENDER, render_sender)
    staff_mail.carry_with(owe)


def owe(owed: staff_mail.Letter) -> None:
    context: dict[str, Any] = {"staff": owed.staff.pk} if owed.staff else {}
    if owed.kind == "notice":
        context |= {"subject": owed.subject, "text": owed.text}
    if owed.office is not None:
        context |= {"office": owed.office._meta.label, "office_pk": owed.office.pk}
    enqueue(
        [
            Owed(
                kind=KIND_OF_LETTER[owed.kind],
                channel=Channel.MAIL,
                recipient=owed.recipient,
                due_at=timezone.now(),
                language=owed.language,
                subject_type="staff",
                context=context,
            )
        ]
    )


def render_invitation(message: Message, _gathered: Any) -> kinds.Mail | None:
    """Nothing once the account is closed, or when the address is no longer the person's."""
    staff = _still_theirs(message)
    if staff is None:
        return None
    with translation.override(message.language):
        return _mail(
            message,
            _("Votre compte d’agent au guichet commun"),
            [
                _("Bonjour %(name)s,") % {"name": staff.name or staff.email},
                _("Un compte d’agent vous est ouvert au guichet commun de %(territory)s.")
                % {"territory": settings.TERRITORY_NAME},
                _("Choisissez votre mot de passe à cette adresse, dans les trois jours :"),
                password_link(staff),
                _("Passé ce délai, demandez un nouveau lien sur la page de connexion, « mot de passe oublié »."),
                _("Si vous n’attendiez pas ce message, n’en faites rien."),
            ],
        )


def render_password(message: Message, _gathered: Any) -> kinds.Mail | None:
    staff = _still_theirs(message)
    if staff is None:
        return None
    with translation.override(message.language):
        return _mail(
            message,
            _("Choisir un nouveau mot de passe"),
            [
                _("Bonjour %(name)s,") % {"name": staff.name or staff.email},
                _("Vous, ou quelqu’un d’autre, avez demandé un nouveau mot de passe pour votre compte d’agent."),
                _("Choisissez-le à cette adresse, dans les trois jours :"),
                password_link(staff),
                _("Si ce n’était pas vous, n’en faites rien : votre mot de passe reste le même."),
            ],
        )


def render_notice(message: Message, _gathered: Any) -> kinds.Mail | None:
    paragraphs = str(message.context.get("text", "")).split("\n\n")
    return _mail(message, str(message.context.get("subject", "")), paragraphs)


def render_sender(message: Message, _gathered: Any) -> kinds.Mail | None:
    """In the name of the office, as the provider lets it through: what its people will see. None when it is gone."""
    office = _OFFICES[message.context["office"]].objects.filter(pk=message.context["office_pk"]).first()
    if office is None or not office.sender_email:
        return None
    with translation.override(message.language):
        said = {"address": office.sender_email, "name": office.name}
        return _mail(
            message,
            _("Essai de l’adresse d’envoi : %(name)s") % said,
            [
                _("Les courriels de %(name)s doivent désormais partir de %(address)s.") % said,
                _("Celui-ci en est un : regardez quelle adresse l’a envoyé."),
                _(
                    "Si c’est une autre, le service d’envoi refuse encore la vôtre : les messages partent alors de"
                    " l’adresse du territoire, et les réponses vont à la vôtre. Votre service informatique autorise"
                    " l’envoi dans le domaine de l’adresse (SPF et DKIM)."
                ),
            ],
            Sender.of(office),
        )


def password_link(staff: StaffMember) -> str:
    """A link that sets the password once; void after three days, after use, and after the next sign-in."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(staff)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(staff), "key": key})
    return f"{settings.PUBLIC_URL}{path}"


def _still_theirs(message: Message) -> StaffMember | None:
    found = StaffMember.objects.filter(pk=message.context.get("staff"), is_active=True).first()
    return found if found is not None and found.email == message.recipient else None


def _mail(message: Message, subject: str, paragraphs: list[str], sender: Sender | None = None) -> kinds.Mail:
    marked = [(paragraph, paragraph.startswith(settings.PUBLIC_URL + "/")) for paragraph in paragraphs]
    return letter(
        "mail/staff",
        {"paragraphs": marked},
        subject=subject,
        sender=sender or Sender.of(None),
        language=message.language,
    )
