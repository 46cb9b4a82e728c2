from django.urls import path

from booking.activities.tariffs import views

app_name = "tariffs"
urlpatterns = [
    path("", views.grids, name="grids"),
    path("nouvelle/", views.new_grid, name="new_grid"),
    path("<int:pk>/", views.grid, name="grid"),
    path("<int:pk>/modifier/", views.edit_grid, name="edit_grid"),
    path("<int:pk>/publier/", views.publish_grid, name="publish_grid"),
    path("<int:pk>/abandonner/", views.discard_grid, name="discard_grid"),
    path("<int:pk>/tarifs/nouveau/", views.new_tariff, name="new_tariff"),
    path("tarifs/<int:pk>/", views.tariff, name="tariff"),
    path("tarifs/<int:pk>/prix/nouveau/", views.new_price, name="new_price"),
    path("prix/<int:pk>/", views.price, name="price"),
    path("<int:pk>/reductions/nouvelle/", views.new_adjustment, name="new_adjustment"),
    path("reductions/<int:pk>/", views.adjustment, name="adjustment"),
]
