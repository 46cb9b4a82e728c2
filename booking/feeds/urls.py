from django.urls import path
from django.utils.translation import gettext_lazy as _

from booking.feeds.views import busy, resident, staff
from municipalities import panels, rules

app_name = "feeds"
urlpatterns = [
    path("agents/calendriers/", staff.mine, name="mine"),
    path("agents/calendriers/nouveau/", staff.new, name="new"),
    path("agents/calendriers/<int:pk>/adresse/", staff.reset, name="reset"),
    path("agents/calendriers/<int:pk>/arreter/", staff.revoke, name="revoke"),
    path("agents/calendriers/<int:pk>/supprimer/", staff.delete, name="delete"),
    path("agents/calendriers/guichet/<int:pk>/", busy.counter, name="busy"),
    path("agents/calendriers/exterieur/<int:pk>/relever/", busy.refresh, name="refresh_busy"),
    path("agents/calendriers/exterieur/<int:pk>/retirer/", busy.remove, name="remove_busy"),
    path("rendez-vous/mon-rendez-vous/<uuid:pk>/agenda/", resident.calendar, name="resident"),
    path("rendez-vous/mon-rendez-vous/<uuid:pk>/agenda/creer/", resident.create, name="resident_create"),
    path("rendez-vous/mon-rendez-vous/<uuid:pk>/agenda/adresse/", resident.reset, name="resident_reset"),
    path("rendez-vous/mon-rendez-vous/<uuid:pk>/agenda/arreter/", resident.revoke, name="resident_revoke"),
]

panels.register_link(panels.Link("feeds:mine", _("Mes calendriers"), rules.sees_something))
