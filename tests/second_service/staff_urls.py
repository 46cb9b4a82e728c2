from django.urls import path

from tests.second_service import views

app_name = "second"
urlpatterns = [
    path("<int:pk>/", views.visits, name="visits"),
    path("<uuid:pk>/", views.visit_file, name="visit_file"),
    path("<uuid:pk>/annuler/", views.call_off, name="call_off"),
]
