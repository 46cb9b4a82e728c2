"""What calendar clients read: no language in the address, no page of ours around it."""

from django.urls import path, re_path

from booking.feeds.views import calendars

app_name = "calendars"
urlpatterns = [
    path("calendriers/communes/<slug:slug>.ics", calendars.municipality, name="municipality"),
    re_path(r"^calendriers/(?P<token>[^/]+)\.ics$", calendars.private, name="private"),
    # A mangled private address: were it left to the site's 404, it would be written into the log.
    re_path(r"^calendriers/", calendars.nothing, name="nothing"),
]
