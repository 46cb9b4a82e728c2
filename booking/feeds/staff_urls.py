"""Calendars of the agents."""

from django.urls import path

from booking.feeds.views import staff

app_name = "feeds"
urlpatterns = [
    path("", staff.mine, name="mine"),
    path("nouveau/", staff.new, name="new"),
    path("<int:pk>/adresse/", staff.reset, name="reset"),
    path("<int:pk>/arreter/", staff.revoke, name="revoke"),
    path("<int:pk>/supprimer/", staff.delete, name="delete"),
]
