from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition root is an app only so that its commands, checks, templates and tags are found."""

    name = "config"
