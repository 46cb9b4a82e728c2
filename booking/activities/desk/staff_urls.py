from django.urls import path

from booking.activities.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.find, name="find"),
    path("<uuid:pk>/", views.sale, name="sale"),
    path("caisse/<uuid:pk>/", views.till, name="till"),
]
