"""What a family owes, has paid and may use: its own pages."""

from django.urls import path

from booking.payments.views import family, receipts

app_name = "payments"
urlpatterns = [
    path("", family.mine, name="mine"),
    path("<uuid:pk>/", family.charge, name="charge"),
    path("<uuid:pk>/payer/", family.pay, name="pay"),
    path("recus/<uuid:pk>/", receipts.receipt, name="receipt"),
    path("recus/<uuid:pk>/recu.pdf", receipts.receipt_file, name="receipt_file"),
    path("avoirs/<uuid:pk>/remboursement/", family.refund, name="refund"),
]
