import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

# A web server runs no checks by itself; ours does not come up half configured.
from config.checks import refuse_to_start  # noqa: E402 - needs the applications loaded
from config.memory import settle  # noqa: E402

refuse_to_start()  # and has loaded every address and view by then
settle()
