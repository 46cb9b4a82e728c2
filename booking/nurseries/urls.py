from django.urls import path

from booking.nurseries.desk.views import draw
from booking.nurseries.families.views import request, steps
from booking.nurseries.occasional import family as occasional
from booking.nurseries.public import views
from booking.nurseries.replies import appeals, family

app_name = "nurseries"
urlpatterns = [
    path("", views.offer, name="offer"),
    path("etablissements/<slug:slug>/", views.nursery, name="nursery"),
    path("points/", views.simulator, name="points"),
    path("regles/", views.rules, name="rules"),
    path("tirage/<int:pk>/", draw.draw, name="draw"),
    path("demande/", steps.start, name="start"),
    path("demande/<uuid:pk>/", request.request_page, name="request"),
    path("demande/<uuid:pk>/envoyer/", steps.send_request, name="send"),
    path("demande/<uuid:pk>/documents/", request.documents, name="documents"),
    path("demande/<uuid:pk>/documents/<uuid:document>/retirer/", request.take_back, name="take_back"),
    path("demande/<uuid:pk>/confirmer/", request.confirm_request, name="confirm"),
    path("demande/<uuid:pk>/reprendre/", request.come_back_to, name="come_back"),
    path("demande/<uuid:pk>/retirer/", request.withdraw, name="withdraw"),
    path("demande/<uuid:pk>/<slug:step>/", steps.step, name="step"),
    path("occasionnel/<uuid:pk>/", occasional.half_days, name="occasional"),
    path("occasionnel/<uuid:pk>/prendre/", occasional.take, name="occasional_take"),
    path("occasionnel/<uuid:pk>/attendre/", occasional.wait, name="occasional_wait"),
    path("occasionnel/<uuid:pk>/<uuid:stay_id>/confirmer/", occasional.confirm, name="occasional_confirm"),
    path("occasionnel/<uuid:pk>/<uuid:stay_id>/laisser/", occasional.let_go, name="occasional_let_go"),
    path("occasionnel/<uuid:pk>/<uuid:stay_id>/rendre/", occasional.give_back, name="occasional_give_back"),
    path("occasionnel/<uuid:pk>/attentes/<int:wish_id>/finir/", occasional.stop_waiting, name="occasional_stop"),
    path("reponse/<uuid:pk>/", family.answers, name="answers"),
    path("reponse/<uuid:pk>/<uuid:offer_id>/accepter/", family.accept, name="accept_offer"),
    path("reponse/<uuid:pk>/<uuid:offer_id>/refuser/", family.decline, name="decline_offer"),
    path("reponse/<uuid:pk>/dossier/<int:number>/", family.how, name="how"),
    path("reponse/<uuid:pk>/dossier/<int:number>/recours/", appeals.appeal, name="appeal"),
    path("reponse/<uuid:pk>/dossier/<int:number>/recours/retirer/", appeals.withdraw, name="withdraw_appeal"),
]
