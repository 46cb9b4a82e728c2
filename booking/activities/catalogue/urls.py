from django.urls import path

from booking.activities.catalogue import prices

app_name = "catalogue"
urlpatterns = [
    path("tarifs/", prices.prices, name="prices"),
]
