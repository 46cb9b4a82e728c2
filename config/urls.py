"""Every address of the site. What residents and agents read has a language; what machines ask has none."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from booking.appointments.counter.views import screen
from booking.residents.views import links
from municipalities.views import emblems

urlpatterns = [
    path("", include("config.health")),
    path("", include("notifications.urls")),
    path("identite/<slug:slug>/blason.svg", emblems.coat, name="coat"),
    path("identite/<slug:slug>/logo.png", emblems.logo, name="logo"),
    path("", include("booking.feeds.addresses")),
    path("payfip/", include("booking.payments.addresses")),
    path("", include("booking.portal.addresses")),
    *i18n_patterns(
        # First, for addresses are tried in this order, and most that are asked for are these.
        path("rendez-vous/mon-rendez-vous/", include("booking.feeds.urls")),
        path("rendez-vous/", include("booking.appointments.urls")),
        path("", include("booking.portal.urls")),
        path("", include("booking.residents.urls")),
        path("famille/paiements/", include("booking.payments.urls")),
        path("famille/", include("booking.residents.family_urls")),
        path("creches/", include("booking.nurseries.urls")),
        path("rendez-vous/lien/<str:token>/", links.link),  # stands in messages that have been sent
        path("famille/piscines/", include("booking.activities.timetable.family_urls")),
        path("piscines/", include("booking.activities.timetable.urls")),
        path("ecran/<slug:place>/", screen.screen, name="screen"),
        path("piscines/bord/", include("booking.activities.register.urls")),
        path("piscines/", include("booking.activities.resident.urls")),
        path("piscines/", include("booking.activities.catalogue.urls")),
        path("agents/creches/commission/", include("booking.nurseries.desk.staff_urls")),
        path("agents/creches/demandes/", include("booking.nurseries.instruction.staff_urls")),
        path("agents/creches/places/", include("booking.nurseries.operators.staff_urls")),
        path("agents/creches/propositions/", include("booking.nurseries.replies.staff_urls")),
        path("agents/creches/occasionnel/", include("booking.nurseries.occasional.staff_urls")),
        path("agents/creches/liberees/", include("booking.nurseries.vacancies.staff_urls")),
        path("agents/creches/chiffres/", include("booking.nurseries.figures.staff_urls")),
        path("agents/creches/criteres/", include("booking.nurseries.points.staff_urls")),
        path("agents/piscines/saisons/", include("booking.activities.seasons.staff_urls")),
        path("agents/piscines/ouvertures/", include("booking.activities.opening.staff_urls")),
        path("agents/piscines/vente/", include("booking.activities.desk.staff_urls")),
        path("agents/piscines/bord/", include("booking.activities.register.staff_urls")),
        path("agents/piscines/occupation/", include("booking.activities.occupancy.staff_urls")),
        path("agents/piscines/tarifs/", include("booking.activities.tariffs.staff_urls")),
        path("agents/guichets/", include("booking.appointments.staff_urls")),
        path("agents/piscines/", include("booking.activities.staff_urls")),
        path("agents/familles/", include("booking.residents.staff_urls")),
        path("agents/regies/", include("booking.payments.staff_urls")),
        path("agents/calendriers/", include("booking.feeds.staff_urls")),
        path("agents/calendriers/", include("booking.appointments.external_calendars.staff_urls")),
        path("agents/", include("municipalities.urls")),
        path("compte/", include("allauth.urls")),
        path("gestion/", admin.site.urls),
        prefix_default_language=False,
    ),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
