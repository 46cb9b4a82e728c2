"""Calendars of the agents, and those that block their counters."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from booking.appointments.external_calendars import views
from booking.feeds.views import staff
from municipalities import panels, rules

app_name = "feeds"
urlpatterns = [
    path("", staff.mine, name="mine"),
    path("nouveau/", staff.new, name="new"),
    path("<int:pk>/adresse/", staff.reset, name="reset"),
    path("<int:pk>/arreter/", staff.revoke, name="revoke"),
    path("<int:pk>/supprimer/", staff.delete, name="delete"),
    path("guichet/<int:pk>/", views.counter, name="busy"),
    path("exterieur/<int:pk>/relever/", views.refresh, name="refresh_busy"),
    path("exterieur/<int:pk>/retirer/", views.remove, name="remove_busy"),
]

panels.register_link(
    panels.Link("feeds:mine", _("Mes calendriers"), rules.sees_something, frozenset({"feeds:new", "feeds:reset"}))
)
