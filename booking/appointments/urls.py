"""A resident's way: search, hold, book, and afterwards without an account."""

from django.urls import path

from booking.appointments.resident.views import booking, correct, holding, manage, moving, search, waiting

app_name = "appointments"
urlpatterns = [
    path("", search.search, name="search"),
    path("retenir/", holding.hold, name="hold"),
    path("retenu/<uuid:hold_id>/", booking.book, name="book"),
    path("retenu/<uuid:hold_id>/pieces/", booking.documents, name="documents"),
    path("retenu/<uuid:hold_id>/prolonger/", holding.extend, name="extend"),
    path("retenu/<uuid:hold_id>/rendre/", booking.release, name="release"),
    path("retenu/<uuid:hold_id>/premier-rendez-vous/", booking.first_appointment, name="first_appointment"),
    path("confirme/", manage.confirmed, name="confirmed"),
    path("mon-rendez-vous/<uuid:pk>/", manage.manage, name="manage"),
    path("mon-rendez-vous/<uuid:pk>/annuler/", manage.cancel, name="cancel"),
    path("mon-rendez-vous/<uuid:pk>/corriger/", correct.correct, name="correct"),
    path("mon-rendez-vous/<uuid:pk>/contact/", manage.contact, name="contact"),
    path("mon-rendez-vous/<uuid:pk>/renvoyer/", manage.resend, name="resend"),
    path("mon-rendez-vous/<uuid:pk>/rendez-vous.ics", manage.calendar_file, name="calendar_file"),
    path("mon-rendez-vous/<uuid:pk>/deplacer/<uuid:hold_id>/", moving.move, name="move"),
    path("mon-rendez-vous/<uuid:pk>/plus-tot/", waiting.join_with, name="wait_with"),
    path("plus-tot/", waiting.join, name="wait"),
    path("plus-tot/note/", waiting.noted, name="wait_noted"),
    path("attente/<uuid:pk>/", waiting.entry, name="waiting"),
    path("attente/<uuid:pk>/accepter/", waiting.accept, name="wait_accept"),
    path("attente/<uuid:pk>/refuser/", waiting.decline, name="wait_decline"),
    path("attente/<uuid:pk>/toujours/", waiting.stay, name="wait_stay"),
    path("attente/<uuid:pk>/modifier/", waiting.change, name="wait_change"),
    path("attente/<uuid:pk>/quitter/", waiting.leave, name="wait_leave"),
]
