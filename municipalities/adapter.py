from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by a manager, never by whoever comes along."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
