"""What residents open without knowing whose service it is: the private link, and asking for it again."""

from django.urls import path

from booking.residents.views import links

app_name = "residents"
urlpatterns = [
    path("lien/<str:token>/", links.link, name="link"),
    path("telephone/", links.phone, name="phone"),
    path("retrouver/", links.find, name="find"),
]
