"""A family enrols: what it chooses, its basket, what it has. Under /piscines/."""

from django.urls import path

from booking.activities.resident.views import basket, choosing, mine

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
    path("activites/<int:pk>/prevenir/", mine.tell_me, name="tell_me"),
]
