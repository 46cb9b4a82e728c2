"""Where PayFiP speaks to us: outside of the languages and the municipalities, without session or form key."""

from django.urls import path

from booking.payments.views import payfip

app_name = "payfip"
urlpatterns = [
    path("notification", payfip.notification, name="notification"),
    path("retour/<uuid:pk>/", payfip.back, name="back"),
]
