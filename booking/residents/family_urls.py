"""The families' own pages."""

from django.urls import path

from booking.residents.views import family, family_data, franceconnect, sign_in

app_name = "family"
urlpatterns = [
    path("", family.home, name="home"),
    path("connexion/", sign_in.sign_in, name="sign_in"),
    path("connexion/code/", sign_in.code, name="code"),
    path("connexion/lien/<str:token>/", sign_in.open_link, name="open"),
    path("franceconnect/", franceconnect.leave, name="franceconnect"),
    path("franceconnect/retour/", franceconnect.come_back, name="franceconnect_back"),
    path("franceconnect/bienvenue/", franceconnect.met, name="franceconnect_met"),
    path("franceconnect/delier/", franceconnect.part, name="franceconnect_part"),
    path("deconnexion/", sign_in.sign_out, name="sign_out"),
    path("au-revoir/", sign_in.signed_out, name="signed_out"),
    path("membres/nouveau/", family.new_member, name="new_member"),
    path("membres/<uuid:pk>/", family.member, name="member"),
    path("membres/<uuid:pk>/retirer/", family.remove_member, name="remove_member"),
    path("membres/<uuid:pk>/sante/<int:season>/", family.health, name="health"),
    path("membres/<uuid:pk>/partager/", family_data.share, name="share"),
    path("rejoindre/lien/<str:token>/", family_data.join, name="join"),
    path("responsables/nouveau/", family.new_guardian, name="new_guardian"),
    path("responsables/<uuid:pk>/", family.guardian, name="guardian"),
    path("responsables/<uuid:pk>/retirer/", family.remove_guardian, name="remove_guardian"),
    path("commune/", family.town, name="town"),
    path("connexions/", family_data.signed_in, name="sessions"),
    path("connexions/fermer/", family_data.end_session, name="end_session"),
    path("copie/", family_data.export, name="export"),
    path("effacer/", family_data.erase, name="erase"),
]
