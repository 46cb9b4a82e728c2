"""Addresses of the figures."""

from django.urls import path

from booking.nurseries.figures import views

app_name = "figures"
urlpatterns = [
    path("", views.figures, name="figures"),
    path("<slug:part>/", views.figures, name="part"),
    path("<slug:part>.csv", views.file, name="file"),
]
