"""Calendars of the agents, and those that block their counters."""

from django.urls import path

from booking.appointments.external_calendars import views
from booking.feeds.views import staff

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
