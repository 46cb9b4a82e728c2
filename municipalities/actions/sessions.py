from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef


def forget_ended_sessions() -> int:
    """Let go of the addresses and browsers of sessions that have ended. Returns how many."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    gone: int = UserSession.objects.filter(~Exists(alive)).delete()[0]
    return gone
