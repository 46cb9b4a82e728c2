"""Addresses of the grids of points."""

from django.urls import path

from booking.nurseries.points import views

app_name = "points"
urlpatterns = [
    path("", views.grids, name="grids"),
    path("nouvelle/", views.new_grid, name="new_grid"),
    path("reponses/", views.claims, name="claims"),
    path("communes/", views.towns, name="towns"),
    path("<int:pk>/", views.grid, name="grid"),
    path("<int:pk>/modifier/", views.edit_grid, name="edit_grid"),
    path("<int:pk>/publier/", views.publish_grid, name="publish_grid"),
    path("<int:pk>/abandonner/", views.discard_grid, name="discard_grid"),
    path("<int:pk>/criteres/nouveau/", views.new_criterion, name="new_criterion"),
    path("criteres/<int:pk>/", views.criterion, name="criterion"),
    path("criteres/<int:pk>/reponses/nouvelle/", views.new_option, name="new_option"),
    path("reponses/<int:pk>/", views.option, name="option"),
]
