from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "booking.payments"
    verbose_name = "Paiements"

    def ready(self) -> None:
        from booking.payments import messages, refunds
        from booking.payments.service import SERVICE
        from municipalities import secrets_at_rest, services

        services.register(SERVICE)
        messages.register()
        secrets_at_rest.register("iban", refunds.rotate)
