"""Receipts of the providers, and the demo's mailbox: outside the languages and the municipalities."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from notifications import views

app_name = "notifications"
urlpatterns: list[URLPattern | URLResolver] = [
    path("retours/anymail/<slug:service>/tracking/", views.mail_receipt, name="mail_receipt"),
    path("retours/sms/<str:secret>/", views.sms_receipt, name="sms_receipt"),
]
if settings.DEMO_MAILBOX is not None:
    urlpatterns.append(path("boite/", include("notifications.mailbox_urls")))
