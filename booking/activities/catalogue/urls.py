from django.urls import path

from booking.activities.catalogue import prices, views

app_name = "catalogue"
urlpatterns = [
    path("", views.offer, name="offer"),
    path("groupes/<int:pk>/", views.group, name="group"),
    path("places-restantes/", views.singles, name="singles"),
    path("tarifs/", prices.prices, name="prices"),
]
