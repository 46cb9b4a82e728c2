from django.urls import path

from booking.activities.seasons import copy_views, file_views, views

app_name = "seasons"
urlpatterns = [
    path("", views.seasons, name="seasons"),
    path("nouvelle/", views.new_season, name="new_season"),
    path("<int:pk>/", views.season, name="season"),
    path("<int:pk>/modifier/", views.edit_season, name="edit_season"),
    path("<int:pk>/copier/", copy_views.copy_season, name="copy_season"),
    path("<int:pk>/groupes.csv", file_views.export_groups, name="export_groups"),
    path("<int:pk>/groupes/importer/", file_views.import_groups, name="import_groups"),
    path("<int:pk>/activites/nouvelle/", views.new_activity, name="new_activity"),
    path("activites/<int:pk>/", views.activity, name="activity"),
    path("activites/<int:pk>/groupes/nouveau/", views.new_group, name="new_group"),
    path("groupes/<int:pk>/", views.group, name="group"),
    path("groupes/<int:pk>/modifier/", views.edit_group, name="edit_group"),
    path("groupes/<int:pk>/seances/nouvelle/", views.new_session, name="new_session"),
]
