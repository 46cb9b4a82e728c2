from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone


def forget_ended_sessions() -> int:
    """Let go of the addresses and browsers of sessions that have ended. Returns how many."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    gone: int = ended_sessions().delete()[0]
    return gone


def ended_sessions() -> QuerySet[UserSession]:
    """What is still kept of sessions that are over."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=timezone.now())
    ended: QuerySet[UserSession] = UserSession.objects.filter(~Exists(alive))
    return ended
