"""Addresses of what comes free through the year. Numbers stand in them, never a name."""

from django.urls import path

from booking.nurseries.vacancies import views

app_name = "vacancies"
urlpatterns = [
    path("", views.vacancies, name="vacancies"),
    path("calculer/", views.look_again, name="look_again"),
    path("<int:pk>/confirmer/", views.confirm, name="confirm"),
    path("echanges/", views.swaps, name="swaps"),
    path("echanges/proposer/", views.propose_swap, name="propose_swap"),
    path("vote/", views.new_vote, name="new_vote"),
    path("vote/<int:pk>/arreter/", views.end_vote, name="end_vote"),
]
