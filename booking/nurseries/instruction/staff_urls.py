"""Requests for nurseries, at the agents'."""

from django.urls import path

from booking.nurseries.instruction import appeals, for_callers, own_place, views

app_name = "nursery_files"
urlpatterns = [
    path("", views.requests, name="requests"),
    path("nouvelle/", for_callers.new, name="new"),
    path("doubles/<int:pk>/", views.settle, name="settle"),
    path("recours/", appeals.all_appeals, name="appeals"),
    path("recours/<int:pk>/", appeals.appeal, name="appeal"),
    path("<uuid:pk>/", views.file, name="file"),
    path("<uuid:pk>/recours/", appeals.new_appeal, name="new_appeal"),
    path("<uuid:pk>/document/", views.add, name="add"),
    path("<uuid:pk>/document/<uuid:document>/", views.document, name="document"),
    path("<uuid:pk>/vu/", views.seen, name="seen"),
    path("<uuid:pk>/note/", views.note, name="note"),
    path("<uuid:pk>/place/<int:number>/", own_place.own_place, name="own_place"),
    path("<uuid:pk>/place/<int:number>/retirer/", own_place.forget, name="forget_place"),
    path("<uuid:pk>/confirmer/", views.confirm_for, name="confirm"),
    path("<uuid:pk>/reprendre/", views.come_back_for, name="come_back"),
    path("<uuid:pk>/retirer/", views.withdraw_for, name="withdraw"),
    path("<uuid:pk>/etape/<slug:step>/", for_callers.step, name="step"),
]
