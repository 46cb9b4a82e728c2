from django.urls import path

from municipalities.views import accounts, control, delegations, home, operators, places, senders, staff

app_name = "staff"
urlpatterns = [
    path("", home.home, name="home"),
    path("second-facteur/", accounts.second_factor, name="second_factor"),
    path("reprendre/", accounts.resume, name="resume"),
    path("roles/", control.rights, name="rights"),
    path("delegations/", delegations.delegations, name="delegations"),
    path("controle/", control.changes, name="control"),
    path("controle/lectures/", control.readings, name="readings"),
    path("communes/", places.municipalities, name="municipalities"),
    path("communes/nouvelle/", places.new_municipality, name="new_municipality"),
    path("communes/<int:pk>/", places.municipality, name="municipality"),
    path("communes/<int:pk>/adresse-d-envoi/", senders.try_town, name="try_town_sender"),
    path("communes/<int:pk>/brouillon/publier/", places.publish_draft, name="publish_draft"),
    path("communes/<int:pk>/brouillon/abandonner/", places.discard_draft, name="discard_draft"),
    path("communes/<int:pk>/brouillon/embleme/", places.draft_emblem, name="draft_emblem"),
    path("communes/<int:pk>/etablissements/nouveau/", places.new_facility, name="new_facility"),
    path("etablissements/<int:pk>/", places.facility, name="facility"),
    path("gestionnaires/", operators.operators, name="operators"),
    path("gestionnaires/nouveau/", operators.new_operator, name="new_operator"),
    path("gestionnaires/<int:pk>/", operators.operator, name="operator"),
    path("gestionnaires/<int:pk>/adresse-d-envoi/", senders.try_operator, name="try_operator_sender"),
    path("equipe/", staff.members, name="members"),
    path("equipe/nouveau/", staff.new_member, name="new_member"),
    path("equipe/<int:pk>/", staff.member, name="member"),
    path("equipe/<int:pk>/roles/", staff.member_role, name="member_role"),
    path("equipe/<int:pk>/compte/", staff.member_account, name="member_account"),
    path("equipe/roles/<int:pk>/retirer/", staff.end_role, name="end_role"),
]
