"""The one time zone: days begin and hours are told in it, whatever the server's clock says."""

from zoneinfo import ZoneInfo

from django.conf import settings

ZONE = ZoneInfo(settings.TIME_ZONE)
