"""Addresses of the pages for changing the calendar; part of the namespace `counter`."""

from django.urls import path

from booking.appointments.planning.views import history, weeks
from booking.appointments.rehoming import views

urlpatterns = [
    path("<int:pk>/semaine/", weeks.facility_week, name="facility_week"),
    path("<int:pk>/fermer/", views.which_counter, name="close_one"),
    path("<int:pk>/historique/", history.history, name="history"),
    path("guichet/<int:pk>/semaine/", weeks.counter_week, name="week"),
    path("guichet/<int:pk>/semaine/nouvelle/", weeks.new_week, name="new_week"),
    path("guichet/<int:pk>/semaine/copier/", weeks.copy_week, name="copy_week"),
    path("guichet/<int:pk>/semaine/copier-un-jour/", weeks.copy_day, name="copy_day"),
    path("plages/<int:pk>/couper/", weeks.split_opening, name="split_opening"),
    path("plages/<int:pk>/terminer/", weeks.end_opening, name="end_opening"),
    path("guichet/<int:pk>/fermer/", views.close_and_rehome, name="rehome"),
    path("fermetures/guichet/<int:pk>/suite/", views.rehomed, name="rehomed"),
]
