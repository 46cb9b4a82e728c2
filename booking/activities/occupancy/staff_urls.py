from django.urls import path

from booking.activities.occupancy import views

app_name = "occupancy"
urlpatterns = [
    path("", views.figures_page, name="figures"),
    path("fichier/", views.figures_file, name="file"),
    path("propositions/", views.proposals_page, name="proposals"),
]
