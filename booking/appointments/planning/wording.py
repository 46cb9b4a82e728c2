"""Rules of the calendar said in sentences, so that whoever sets them sees what people will meet. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.enums import Audience, ReleaseMode
from booking.appointments.models import OpeningPeriod, PoolShare, ReleasePolicy
from municipalities.spans import monday_of
from municipalities.wording import of_town, say_day, say_time, say_weekday
from notifications.models import ReminderPolicy


def say_policy(policy: ReleasePolicy) -> list[str]:
    said = []
    if policy.mode == ReleaseMode.BATCH and policy.batch_weekday is not None and policy.batch_time is not None:
        when = {
            "weekday": say_weekday(policy.batch_weekday),
            "time": say_time(policy.batch_time),
            "weeks": policy.batch_weeks,
        }
        said.append(
            ngettext(
                "Ouvert au public chaque %(weekday)s à %(time)s pour la semaine suivante.",
                "Ouvert au public chaque %(weekday)s à %(time)s pour les %(weeks)s semaines suivantes.",
                policy.batch_weeks,
            )
            % when
        )
        said.append(_("Jamais au-delà de %(days)s jours.") % {"days": policy.horizon_days})
    else:
        said.append(
            ngettext(
                "Ouvert au public au fil des jours, jusqu’à %(days)s jour à l’avance.",
                "Ouvert au public au fil des jours, jusqu’à %(days)s jours à l’avance.",
                policy.horizon_days,
            )
            % {"days": policy.horizon_days}
        )
    said.append(_say_notice(policy.notice_minutes))
    seven, one = policy.held_until_7_days_percent, policy.held_until_1_day_percent
    if seven:
        said.append(_("%(percent)s %% du temps n’est montré qu’à partir de sept jours avant.") % {"percent": seven})
    if one:
        said.append(_("%(percent)s %% du temps n’est montré qu’à partir de la veille.") % {"percent": one})
    return said


def say_reminders(policy: ReminderPolicy) -> str:
    """« Courriel 7 et 2 jours avant, à 9 h ; SMS 1 jour avant, à 10 h. »"""
    said = []
    if policy.mail_days:
        days = ", ".join(str(day) for day in sorted(policy.mail_days, reverse=True))
        when = {"days": days, "hour": say_time(policy.mail_time)}
        said.append(
            ngettext(
                "courriel %(days)s jour avant, à %(hour)s",
                "courriel %(days)s jours avant, à %(hour)s",
                max(policy.mail_days),
            )
            % when
        )
    if policy.sms_is_on:
        sms = {"days": policy.sms_days, "hour": say_time(policy.sms_time)}
        said.append(
            ngettext("SMS %(days)s jour avant, à %(hour)s", "SMS %(days)s jours avant, à %(hour)s", policy.sms_days)
            % sms
        )
    return " · ".join(said) or _("aucun rappel")


def _say_notice(minutes: int) -> str:
    if minutes == 0:
        return _("On peut prendre un créneau jusqu’à la dernière minute.")
    days, rest = divmod(minutes, 24 * 60)
    if days and not rest:
        return ngettext(
            "On ne prend plus un créneau moins d’un jour avant.",
            "On ne prend plus un créneau moins de %(days)s jours avant.",
            days,
        ) % {"days": days}
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        return ngettext(
            "On ne prend plus un créneau moins d’une heure avant.",
            "On ne prend plus un créneau moins de %(hours)s heures avant.",
            hours,
        ) % {"hours": hours}
    return ngettext(
        "On ne prend plus un créneau moins d’une minute avant.",
        "On ne prend plus un créneau moins de %(minutes)s minutes avant.",
        minutes,
    ) % {"minutes": minutes}


def say_share(share: PoolShare) -> list[str]:
    town = share.counter.facility.municipality.name
    if share.shared_until:
        said = [
            _("Partagé avec tout le territoire du %(since)s au %(until)s.")
            % {"since": say_day(share.shared_from), "until": say_day(share.shared_until)}
        ]
    else:
        said = [_("Partagé avec tout le territoire à partir du %(since)s.") % {"since": say_day(share.shared_from)}]
    if share.reserve_percent:
        said.append(
            ngettext(
                "%(percent)s %% de chaque plage reste aux habitants %(of_town)s jusqu’à %(days)s jour avant.",
                "%(percent)s %% de chaque plage reste aux habitants %(of_town)s jusqu’à %(days)s jours avant.",
                share.reserve_days,
            )
            % {"percent": share.reserve_percent, "of_town": of_town(town), "days": share.reserve_days}
        )
    else:
        said.append(_("Sans réserve locale : tout le monde voit les mêmes créneaux."))
    return said


def say_rhythm(opening: OpeningPeriod) -> str:
    """« une semaine sur deux à partir du 7 décembre, sauf le 21 décembre »; "" for every week."""
    said = []
    if opening.nth is not None:
        said.append(str(opening.get_nth_display()))
    elif opening.counted_from is not None:
        when = {"rhythm": opening.get_every_weeks_display(), "day": say_day(monday_of(opening.counted_from))}
        said.append(_("%(rhythm)s à partir du %(day)s") % when)
    days = [say_day(day) for day in sorted(opening.except_on)]
    if days:
        said.append(_("sauf %(days)s") % {"days": ", ".join(days)})
    return ", ".join(said)


def say_opening(opening: OpeningPeriod) -> str:
    """Who may take this time and when it becomes public; "" when it is public from the start."""
    if opening.audience == Audience.PUBLIC:
        return ""
    who = opening.get_audience_display()
    if opening.fallback_days is None or opening.fallback_time is None:
        return _("%(who)s seulement.") % {"who": who}
    hour = say_time(opening.fallback_time)
    if opening.fallback_days == 0:
        return _("%(who)s, puis tout le monde le jour même à partir de %(hour)s.") % {"who": who, "hour": hour}
    if opening.fallback_days == 1:
        return _("%(who)s, puis tout le monde dès la veille à %(hour)s.") % {"who": who, "hour": hour}
    return _("%(who)s, puis tout le monde %(days)s jours avant, à %(hour)s.") % {
        "who": who,
        "days": opening.fallback_days,
        "hour": hour,
    }
