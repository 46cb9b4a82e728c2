from django.urls import path

from booking.activities.register import views

app_name = "register"
urlpatterns = [
    path("", views.day, name="day"),
    path("feuilles/", views.sheets, name="sheets"),
    path("courriels/", views.mails, name="mails"),
    path("<uuid:pk>/", views.session, name="session"),
    path("<uuid:pk>/feuille/", views.sheet, name="sheet"),
]
