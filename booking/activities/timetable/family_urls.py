from django.urls import path

from booking.activities.timetable import family_views

app_name = "swim_calendar"
urlpatterns = [
    path("calendrier/", family_views.calendar, name="calendar"),
    path("<uuid:pk>/", family_views.back, name="back"),
]
