from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "booking.appointments"
    verbose_name = "Rendez-vous"

    def ready(self) -> None:
        from booking.appointments import messages

        messages.register()
