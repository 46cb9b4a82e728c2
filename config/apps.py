from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition root is an app only so that its commands, checks, templates and tags are found."""

    name = "config"

    def ready(self) -> None:
        from config import checks, logs, metrics

        logs.configure()
        metrics.observe_refusals()
        assert checks  # imported for what it registers
