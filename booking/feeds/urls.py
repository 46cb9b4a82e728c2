"""What residents follow in their own calendar, whichever service it is of: the half-hour cookie tells."""

from django.urls import path

from booking.feeds.views import resident

app_name = "follow"
urlpatterns = [
    path("<uuid:pk>/agenda/", resident.calendar, name="calendar"),
    path("<uuid:pk>/agenda/creer/", resident.create, name="create"),
    path("<uuid:pk>/agenda/adresse/", resident.reset, name="reset"),
    path("<uuid:pk>/agenda/arreter/", resident.revoke, name="revoke"),
]
