from django.urls import path

from booking.activities.desk import calls, cancel_views, group_views, levels, session_views, views

app_name = "desk"
urlpatterns = [
    path("", views.find, name="find"),
    path("fermetures/", calls.calls, name="calls"),
    path("<uuid:pk>/", views.sale, name="sale"),
    path("<uuid:pk>/niveaux/", levels.levels, name="levels"),
    path("caisse/<uuid:pk>/", views.till, name="till"),
    path("inscriptions/<uuid:pk>/annuler/", cancel_views.cancel, name="cancel"),
    path("seances/<uuid:pk>/", session_views.session, name="session"),
    path("groupes/", group_views.mine, name="mine"),
    path("groupes/<int:pk>/", group_views.places, name="places"),
    path("groupes/<int:pk>/reunir/", group_views.merge, name="merge"),
]
