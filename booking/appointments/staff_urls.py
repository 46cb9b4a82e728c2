from django.urls import path
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings import names
from booking.appointments.counter import panel
from booking.appointments.counter.views import board, day, desk, moving, unsent, walk_ins
from booking.appointments.planning import waiting_panel
from booking.appointments.planning.views import closures, documents, history, openings, pools, weeks
from booking.appointments.rehoming import views
from municipalities import panels, rules, trace_queries

app_name = "counter"
urlpatterns = [
    path("", day.today, name="today"),
    path("trouver/", day.find, name="find"),
    path("messages/", unsent.unsent_messages, name="unsent"),
    path("<int:pk>/", day.day, name="day"),
    path("<int:pk>/tableau/", board.board, name="board"),
    path("<int:pk>/tableau/fiche/", board.sheet, name="sheet"),
    path("<int:pk>/tableau/geste/", board.act, name="board_act"),
    path("<int:pk>/sans-rendez-vous/", walk_ins.walk_in, name="walk_in"),
    path("<int:pk>/sans-rendez-vous/quotas/", walk_ins.quotas, name="quotas"),
    path("sans-rendez-vous/quotas/<int:pk>/retirer/", walk_ins.remove_quota, name="remove_quota"),
    path("sans-rendez-vous/<uuid:pk>/", walk_ins.ticket, name="ticket"),
    path("<int:pk>/liste-du-matin/", walk_ins.morning, name="morning"),
    path("reserver/", desk.book, name="book"),
    path("nos-reservations/", day.ours, name="ours"),
    path("reserve/<uuid:pk>/", desk.booked, name="booked"),
    path("<int:pk>/hors-plage/", day.outside_opening, name="outside"),
    path("rendez-vous/<uuid:pk>/etat/", day.mark, name="mark"),
    path("rendez-vous/<uuid:pk>/annuler/", day.cancel, name="cancel"),
    path("rendez-vous/<uuid:pk>/deplacer/", moving.move, name="move"),
    path("<int:pk>/guichets/", openings.counters, name="counters"),
    path("<int:pk>/guichets/nouveau/", openings.new_counter, name="new_counter"),
    path("<int:pk>/service/", openings.facility_service, name="facility_service"),
    path("<int:pk>/gestionnaire/", openings.facility_operator, name="facility_operator"),
    path("guichet/<int:pk>/", openings.counter, name="counter"),
    path("guichet/<int:pk>/modifier/", openings.edit_counter, name="edit_counter"),
    path("guichet/<int:pk>/plages/nouvelle/", openings.new_opening, name="new_opening"),
    path("plages/<int:pk>/", openings.opening, name="opening"),
    path("plages/<int:pk>/supprimer/", openings.delete_opening, name="delete_opening"),
    path("jours-feries/<int:pk>/", openings.holidays, name="holidays"),
    path("fermetures/", closures.closures, name="closures"),
    path("fermetures/nouvelle/", closures.new_closure, name="new_closure"),
    path("fermetures/guichet/<int:pk>/lever/", closures.lift_counter_closure, name="lift_counter_closure"),
    path("fermetures/lieu/<int:pk>/lever/", closures.lift_closure, name="lift_closure"),
    path("agendas/", pools.pools, name="pools"),
    path("agendas/nouveau/", pools.new_pool, name="new_pool"),
    path("agendas/<int:pk>/", pools.pool, name="pool"),
    path("agendas/<int:pk>/modifier/", pools.edit_pool, name="edit_pool"),
    path("agendas/<int:pk>/parts/nouvelle/", pools.new_share, name="new_share"),
    path("parts/<int:pk>/", pools.share, name="share"),
    path("parts/<int:pk>/retirer/", pools.remove_share, name="remove_share"),
    path("regles/", pools.policies, name="policies"),
    path("regles/nouvelle/", pools.new_policy, name="new_policy"),
    path("regles/<int:pk>/", pools.policy, name="policy"),
    path("regles/<int:pk>/supprimer/", pools.remove_policy, name="remove_policy"),
    path("pieces/<int:pk>/", documents.documents, name="documents"),
    path("pieces/<int:pk>/nouvelle/", documents.new_document, name="new_document"),
    path("pieces/<int:pk>/adapter/<int:document_pk>/", documents.own_document, name="own_document"),
    path("pieces/<int:pk>/retirer/<int:document_pk>/", documents.drop_document, name="drop_document"),
    path("pieces/modifier/<int:pk>/", documents.edit_document, name="edit_document"),
    path("pieces/revenir/<int:pk>/", documents.restore_document, name="restore_document"),
    path("<int:pk>/semaine/", weeks.facility_week, name="facility_week"),
    path("<int:pk>/fermer/", views.which_counter, name="close_one"),
    path("<int:pk>/historique/", history.history, name="history"),
    path("guichet/<int:pk>/semaine/", weeks.counter_week, name="week"),
    path("guichet/<int:pk>/semaine/nouvelle/", weeks.new_week, name="new_week"),
    path("guichet/<int:pk>/semaine/copier/", weeks.copy_week, name="copy_week"),
    path("guichet/<int:pk>/semaine/copier-un-jour/", weeks.copy_day, name="copy_day"),
    path("plages/<int:pk>/couper/", weeks.split_opening, name="split_opening"),
    path("plages/<int:pk>/terminer/", weeks.end_opening, name="end_opening"),
    path("guichet/<int:pk>/fermer/", views.close_and_rehome, name="rehome"),
    path("fermetures/guichet/<int:pk>/suite/", views.rehomed, name="rehomed"),
    path("durees/", pools.durations, name="durations"),
    path("durees/<int:pk>/", pools.facility_durations, name="facility_durations"),
]


def _names(*pages: str) -> frozenset[str]:
    return frozenset(f"{app_name}:{page}" for page in pages)


trace_queries.name_files_with(names.names, names.ids)
# What the agents' menu and home page show of this service.
panels.register_home_panel(panel.home_panel)
panels.register_home_panel(waiting_panel.home_panel)
panels.register_tasks(panel.tasks_of)
DAY = ("board", "board_act", "day", "walk_in", "quotas", "ticket", "morning", "cancel", "move", "outside", "unsent")
CLOSURES = ("new_closure", "close_one", "rehome", "rehomed", "holidays")
POOLS = ("pool", "new_pool", "edit_pool", "share", "new_share")
for link in (
    panels.Link("counter:today", _("Journée"), rules.sees_something, _names(*DAY)),
    panels.Link("counter:book", _("Réserver pour quelqu’un"), rules.serves_somewhere, _names("booked", "ours")),
    panels.Link("counter:find", _("Trouver un rendez-vous"), rules.sees_something),
    panels.Link("counter:closures", _("Fermetures"), rules.sees_something, _names(*CLOSURES)),
    panels.Link("counter:pools", _("Agendas mutualisés"), rules.sets_rules, _names(*POOLS)),
    panels.Link("counter:policies", _("Règles d’ouverture"), rules.sets_rules, _names("policy", "new_policy")),
    panels.Link("counter:durations", _("Durées"), rules.manages_territory, _names("facility_durations")),
):
    panels.register_link(link)
