"""What everybody reads of a pool's water, under /piscines/."""

from django.urls import path

from booking.activities.timetable import views

app_name = "timetable"
urlpatterns = [
    path("<slug:slug>/horaires/", views.timetable, name="pool"),
    path("<slug:slug>/horaires.ics", views.calendar, name="calendar"),
]
