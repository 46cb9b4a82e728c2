"""The addresses of the service with those of the second one, which is made for the tests."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from config.urls import handler400, handler403, handler404, handler500, urlpatterns

urlpatterns = [
    *urlpatterns,
    *i18n_patterns(
        path("visites/", include("tests.second_service.urls")),
        path("agents/visites/", include("tests.second_service.staff_urls")),
        prefix_default_language=False,
    ),
]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
