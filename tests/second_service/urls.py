from django.urls import path

from tests.second_service import views

app_name = "second_public"
urlpatterns = [path("<uuid:pk>/", views.visit, name="visit")]
