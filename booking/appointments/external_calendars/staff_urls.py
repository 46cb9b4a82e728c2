"""Calendars kept elsewhere that block a counter."""

from django.urls import path

from booking.appointments.external_calendars import views

app_name = "external_calendars"
urlpatterns = [
    path("guichet/<int:pk>/", views.counter, name="busy"),
    path("exterieur/<int:pk>/relever/", views.refresh, name="refresh_busy"),
    path("exterieur/<int:pk>/retirer/", views.remove, name="remove_busy"),
]
