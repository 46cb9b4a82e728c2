from django.apps import AppConfig


class StrayConfig(AppConfig):
    name = "tests.stray_app"
    label = "stray"
