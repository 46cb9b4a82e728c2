from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "booking.appointments"
    verbose_name = "Rendez-vous"

    def ready(self) -> None:
        from booking.appointments.counter import messages as day_list
        from booking.appointments.door import DOOR
        from booking.appointments.messages import renderers
        from booking.appointments.waiting_list import messages as waiting
        from municipalities import services

        services.register(DOOR)
        for messages in (renderers, waiting, day_list):
            messages.register()
