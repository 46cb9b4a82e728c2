"""What a telephone asks by itself, outside of the agents' pages: no session is read there."""

from django.urls import path

from booking.activities.register import device_views

app_name = "register_device"
urlpatterns = [
    path("marques/", device_views.marks, name="marks"),
    path("veilleur.js", device_views.worker, name="worker"),
]
