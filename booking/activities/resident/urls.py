"""A family enrols: what it chooses, its basket, what it has. Under /piscines/."""

from django.urls import path

from booking.activities.resident.views import (
    absences,
    basket,
    cancelling,
    choosing,
    mine,
    opening,
    singles,
    waiting,
)

app_name = "enrol"
urlpatterns = [
    path("choisir/", choosing.choose_listed, name="choose_listed"),
    path("groupes/<int:pk>/choisir/", choosing.choose, name="choose"),
    path("panier/", basket.basket, name="basket"),
    path("panier/lignes/<uuid:pk>/retirer/", basket.drop, name="drop"),
    path("panier/<uuid:pk>/ensemble/", basket.together, name="together"),
    path("panier/<uuid:pk>/regler/", basket.confirm, name="confirm"),
    path("panier/<uuid:pk>/modifier/", basket.reopen, name="reopen"),
    path("panier/<uuid:pk>/merci/", basket.thanks, name="thanks"),
    path("inscriptions/", mine.mine, name="mine"),
    path("pret/", mine.ready, name="ready"),
    path("ouvertures/", opening.openings, name="openings"),
    path("ouvertures/rang/", opening.poll, name="opening_poll"),
    path("ouvertures/<int:pk>/", opening.opening, name="opening"),
    path("ouvertures/<int:pk>/ticket/", opening.take, name="take_ticket"),
    path("ouvertures/<int:pk>/sms/", opening.wish_sms, name="ticket_sms"),
    path("ouvertures/<int:pk>/tirage.csv", opening.lots, name="lots"),
    path("groupes/<int:pk>/reperer/", opening.mark, name="mark"),
    path("seances/<int:pk>/absence/", absences.absence, name="absence"),
    path("seances/<int:pk>/rattraper/", absences.make_up, name="make_up"),
    path("seances/<uuid:pk>/prendre/", singles.take_single, name="take_single"),
    path("inscriptions/<uuid:pk>/annuler/", cancelling.cancel, name="cancel"),
    path("groupes/<int:pk>/attendre/", waiting.join, name="join"),
    path("attente/", waiting.waiting, name="waiting"),
    path("attente/<uuid:pk>/", waiting.answer, name="answer"),
    path("billets/<uuid:pk>/", singles.ticket, name="ticket"),
    path("activites/<int:pk>/prevenir/", mine.tell_me, name="tell_me"),
]
