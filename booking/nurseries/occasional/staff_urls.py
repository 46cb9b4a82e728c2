"""Addresses of occasional care at the agents'."""

from django.urls import path

from booking.nurseries.occasional import staff

app_name = "occasional"
urlpatterns = [
    path("", staff.nurseries, name="nurseries"),
    path("libres.csv", staff.free_file, name="free_file"),
    path("transmise/", staff.sent, name="sent"),
    path("<int:pk>/", staff.nursery, name="nursery"),
    path("<int:pk>/heures/", staff.hours, name="hours"),
    path("places/<int:pk>/fermer/", staff.close, name="close"),
    path("admissions/<int:pk>/finir/", staff.end, name="end"),
    path("admettre/<uuid:pk>/<int:number>/", staff.admit, name="admit"),
]
