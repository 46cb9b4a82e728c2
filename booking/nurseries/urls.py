from django.urls import path

from booking.nurseries import views

app_name = "nurseries"
urlpatterns = [path("regles/", views.rules, name="rules")]
