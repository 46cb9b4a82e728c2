from django.urls import path

from config import portal

app_name = "portal"
urlpatterns = [
    path("", portal.home, name="home"),
    path("communes/", portal.municipalities, name="municipalities"),
    path("communes/<slug:slug>/", portal.other_municipality, name="other_municipality"),
    path("communes/<slug:slug>/<path:rest>", portal.other_municipality),
    path("accessibilite/", portal.accessibility, name="accessibility"),
    path("donnees-personnelles/", portal.privacy, name="privacy"),
    path("aide/", portal.help_page, name="help"),
]
