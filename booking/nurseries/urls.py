from django.urls import path

from booking.nurseries import views
from booking.nurseries.desk.views import draw

app_name = "nurseries"
urlpatterns = [
    path("regles/", views.rules, name="rules"),
    path("tirage/<int:pk>/", draw.draw, name="draw"),
]
