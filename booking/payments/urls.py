"""What a family owes, has paid and may use: its own pages."""

from django.urls import path

from booking.payments.views import family

app_name = "payments"
urlpatterns = [
    path("", family.mine, name="mine"),
    path("<uuid:pk>/", family.charge, name="charge"),
    path("<uuid:pk>/payer/", family.pay, name="pay"),
    path("recus/<uuid:pk>/", family.receipt, name="receipt"),
    path("avoirs/<uuid:pk>/remboursement/", family.refund, name="refund"),
]
