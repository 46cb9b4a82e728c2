"""The demo's mailbox."""

from django.urls import path

from notifications import mailbox_views as views

urlpatterns = [
    path("", views.mailbox, name="mailbox"),
    path("<str:name>/", views.message, name="mailbox_message"),
    path("<str:name>/page/", views.html_part, name="mailbox_html"),
    path("<str:name>/piece/<int:number>/", views.attachment, name="mailbox_attachment"),
]
