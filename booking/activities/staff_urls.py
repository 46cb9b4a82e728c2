"""Agents' pages of the pools, under /agents/piscines/."""

from django.urls import path

from booking.activities.water.views import places, series, weeks

app_name = "pools"
urlpatterns = [
    path("", weeks.pools, name="pools"),
    path("<int:pk>/", weeks.week, name="week"),
    path("<int:pk>/creneau/", weeks.new_use, name="new_use"),
    path("<int:pk>/copier/", weeks.copy_week, name="copy_week"),
    path("creneaux/<uuid:pk>/", weeks.event, name="event"),
    path("creneaux/<uuid:pk>/deplacer/", weeks.move_event, name="move_event"),
    path("creneaux/<uuid:pk>/retirer/", weeks.leave_out, name="leave_out"),
    path("series/<int:pk>/", series.series, name="series"),
    path("series/<int:pk>/deplacer/", series.move_series, name="move_series"),
    path("series/<int:pk>/echanger/", series.swap_series, name="swap_series"),
    path("series/<int:pk>/terminer/", series.end_series, name="end_series"),
    path("<int:pk>/reglages/", places.settings, name="settings"),
    path("etablissements/<int:pk>/", places.new_pool, name="new_pool"),
    path("<int:pk>/bassins/", places.new_basin, name="new_basin"),
    path("bassins/<int:pk>/lignes/", places.new_lanes, name="new_lanes"),
    path("bassins/<int:pk>/", places.edit_basin, name="edit_basin"),
    path("bassins/<int:pk>/service/", places.basin_service, name="basin_service"),
    path("lignes/<int:pk>/", places.lane, name="lane"),
    path("lignes/<int:pk>/modifier/", places.edit_lane, name="edit_lane"),
    path("vacances/", places.holidays, name="holidays"),
    path("vacances/completer/", places.fill_holidays, name="fill_holidays"),
    path("vacances/<int:pk>/", places.holiday, name="holiday"),
    path("vacances/<int:pk>/retirer/", places.drop_holiday, name="drop_holiday"),
]
