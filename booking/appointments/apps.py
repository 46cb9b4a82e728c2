from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "booking.appointments"
    verbose_name = "Rendez-vous"

    def ready(self) -> None:
        from booking.appointments.messages import day_list, renderers, waiting

        for messages in (renderers, waiting, day_list):
            messages.register()
