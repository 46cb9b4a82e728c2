from django.urls import path

from booking.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("communes/", views.municipalities, name="municipalities"),
    path("communes/<slug:slug>/", views.other_municipality, name="other_municipality"),
    path("communes/<slug:slug>/<path:rest>", views.other_municipality),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("donnees-personnelles/", views.privacy, name="privacy"),
    path("mentions-legales/", views.legal_notice, name="legal_notice"),
    path("plan-du-site/", views.site_map, name="site_map"),
    path("aide/", views.help_page, name="help"),
]
