"""Families, for the agents who serve them."""

from django.urls import path

from booking.residents.views import staff

app_name = "families"
urlpatterns = [
    path("", staff.find, name="find"),
    path("nouvelle/", staff.new, name="new"),
    path("doubles/", staff.doubles, name="doubles"),
    path("<uuid:pk>/", staff.family, name="family"),
    path("<uuid:pk>/membre/", staff.new_member, name="new_member"),
    path("<uuid:pk>/quotient/", staff.quotient, name="quotient"),
    path("<uuid:pk>/piece/", staff.paper, name="paper"),
    path("<uuid:pk>/piece/<int:paper>/oublier/", staff.forget_paper, name="forget_paper"),
]
