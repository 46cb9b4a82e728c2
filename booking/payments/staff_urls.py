"""The cash offices, for those who work for them."""

from django.urls import path

from booking.payments.views import decisions, office_settings, offices, receipts

app_name = "cash"
urlpatterns = [
    path("", offices.offices, name="offices"),
    path("nouvelle/", office_settings.new_office, name="new_office"),
    path("<int:pk>/reglages/", office_settings.office, name="office"),
    path("<int:pk>/journal/", offices.journal, name="journal"),
    path("<int:pk>/journal.csv", offices.journal_file, name="journal_file"),
    path("<int:pk>/mois/", offices.months, name="months"),
    path("<int:pk>/paiements/", offices.pending, name="pending"),
    path("paiements/<uuid:pk>/decision/", decisions.decide, name="decide"),
    path("alertes/<int:pk>/vue/", offices.seen, name="seen"),
    path("<int:pk>/cloture/", offices.closing, name="closing"),
    path("<int:pk>/remboursements/", offices.refund_files, name="refunds"),
    path("remboursements/<uuid:pk>/", offices.finish_refund, name="finish_refund"),
    path("recus/<uuid:pk>/", receipts.office_receipt, name="receipt"),
    path("recus/<uuid:pk>/recu.pdf", receipts.office_receipt_file, name="receipt_file"),
    path("<int:pk>/rejet/", offices.bounced, name="bounced"),
]
