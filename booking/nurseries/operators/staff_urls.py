"""Addresses of those who run nurseries, and of the rows that the public pages show."""

from django.urls import path

from booking.nurseries.operators import hours, lists, towns, views

app_name = "supply"
urlpatterns = [
    path("", views.nurseries, name="nurseries"),
    path("enfants/", lists.import_children, name="children"),
    path("enfants/liste.csv", lists.export_children, name="export_children"),
    path("reunions/", towns.meetings, name="meetings"),
    path("reunions/<int:pk>/", towns.meeting, name="meeting"),
    path("reunions/<int:pk>/retirer/", towns.drop_meeting, name="drop_meeting"),
    path("communes/", towns.towns, name="towns"),
    path("communes/<int:pk>/", towns.town, name="town"),
    path("etablissements/<int:pk>/", views.new_nursery, name="new_nursery"),
    path("capacites/<int:pk>/", views.opening, name="opening"),
    path("capacites/<int:pk>/retirer/", views.drop_opening, name="drop_opening"),
    path("reserves/<int:pk>/", views.held, name="held"),
    path("reserves/<int:pk>/retirer/", views.drop_held, name="drop_held"),
    path("<int:pk>/", views.nursery, name="nursery"),
    path("<int:pk>/heures/", hours.hours, name="hours"),
    path("<int:pk>/reglages/", views.settings, name="settings"),
    path("<int:pk>/capacites/nouvelle/", views.new_opening, name="new_opening"),
    path("<int:pk>/reserves/nouvelle/", views.new_held, name="new_held"),
]
