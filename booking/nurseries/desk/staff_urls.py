"""Addresses of the commission's desk. Numbers stand in them, never a name."""

from django.urls import path

from booking.nurseries.desk.views import children, nurseries, rounds

app_name = "commission"
urlpatterns = [
    path("", rounds.rounds, name="rounds"),
    path("nouvelle/", rounds.new_round, name="new_round"),
    path("<int:pk>/", rounds.round, name="round"),
    path("<int:pk>/figer/", rounds.freeze, name="freeze"),
    path("<int:pk>/membres/", rounds.members, name="members"),
    path("<int:pk>/controle/", rounds.audit, name="audit"),
    path("<int:pk>/fichier.json", rounds.file, name="file"),
    path("<int:pk>/proces-verbal.pdf", rounds.minutes, name="minutes"),
    path("<int:pk>/nouvelles/", rounds.news, name="news"),
    path("<int:pk>/dossiers/", children.find, name="find"),
    path("<int:pk>/dossiers/<int:number>/", children.child, name="child"),
    path("<int:pk>/dossiers/<int:number>/essai/", children.attempt, name="attempt"),
    path("<int:pk>/dossiers/<int:number>/decider/", children.decide, name="decide"),
    path("<int:pk>/dossiers/<int:number>/deport/", children.aside, name="aside"),
    path("decisions/<int:pk>/reprendre/", children.take_back, name="take_back"),
    path("creches/<int:pk>/", nurseries.nursery, name="nursery"),
    path("creches/<int:pk>/vote/", nurseries.vote, name="vote"),
]
