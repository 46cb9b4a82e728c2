from django.apps import AppConfig


class NurseriesConfig(AppConfig):
    name = "booking.nurseries"
    verbose_name = "Crèches"

    def ready(self) -> None:
        from booking.nurseries.answers import messages as answers
        from booking.nurseries.answers import news
        from booking.nurseries.documents import papers
        from booking.nurseries.door import DOOR
        from booking.nurseries.messages import requests
        from booking.nurseries.occasional import messages as occasional
        from booking.nurseries.rounds.freezing import rotate_seeds
        from municipalities import secrets_at_rest, services

        answers.register()
        news.register()
        occasional.register()
        services.register(DOOR)
        secrets_at_rest.register("seeds of draws", rotate_seeds)
        requests.register()
        secrets_at_rest.register("nursery documents", papers.rotate)
