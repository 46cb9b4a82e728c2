"""Addresses of what operators answer, and of publishing."""

from django.urls import path

from booking.nurseries.replies import staff, stays

app_name = "replies"
urlpatterns = [
    path("", staff.proposals, name="proposals"),
    path("acceptes/", staff.accepted, name="accepted"),
    path("acceptes.csv", staff.accepted_file, name="accepted_file"),
    path("sans-reponse/", staff.silent, name="silent"),
    path("session/<int:pk>/repetition/", staff.rehearsal, name="rehearsal"),
    path("session/<int:pk>/publier/", staff.publish, name="publish"),
    path("<uuid:pk>/entree/", stays.entry, name="entry"),
    path("accueils/<int:pk>/", stays.stay, name="stay"),
    path("accueils/<int:pk>/sortie/", stays.leave, name="leave"),
    path("<uuid:pk>/accepter/", staff.accept, name="accept"),
    path("<uuid:pk>/refuser/", staff.decline, name="decline"),
]
