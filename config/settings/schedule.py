"""What happens by itself, and when. By the clock where it comes rarely: every start of beat begins other waits anew.

The outbox is a table: a sweep takes what is due. Nothing in a web request talks to Redis to get a message sent.
"""

from typing import Any

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver-due-messages": {
        "task": "notifications.tasks.deliver_due",
        "schedule": 2.0,
        "options": {"expires": 10},
    },
    "release-expired-holds": {
        "task": "booking.appointments.tasks.release_expired_holds",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "offer-freed-starts": {
        "task": "booking.appointments.tasks.offer_freed_starts",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "release-numberless": {
        "task": "booking.appointments.tasks.release_numberless",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "fetch-busy-calendars": {
        "task": "booking.appointments.tasks.fetch_busy_calendars",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "extend-free-time": {
        "task": "booking.appointments.tasks.extend_free_time",
        "schedule": crontab(hour="*/6", minute=40),
        "options": {"expires": 3600},
    },
    # Asked several times: a worker that was down at seven still sends the list, and nobody gets it twice.
    "send-morning-lists": {
        "task": "booking.appointments.tasks.send_morning_lists",
        "schedule": crontab(hour="7", minute="0,5,20,40"),
        "options": {"expires": 240},
    },
    "follow-pool-waiting": {
        "task": "booking.activities.tasks.follow_waiting",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "send-morning-registers": {
        "task": "booking.activities.tasks.send_registers",
        "schedule": crontab(hour="7", minute="0,5,20,40"),
        "options": {"expires": 240},
    },
    "follow-nursery-offers": {
        "task": "booking.nurseries.tasks.follow_offers",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "follow-nursery-half-days": {
        "task": "booking.nurseries.tasks.follow_half_days",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "follow-nursery-vacancies": {
        "task": "booking.nurseries.tasks.follow_vacancies",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 240},
    },
    # Nobody waits for it: it calls those who have closed the page while nobody else asks.
    "tend-openings": {
        "task": "booking.activities.tasks.tend_openings",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "reconcile-payments": {
        "task": "booking.payments.tasks.reconcile",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "check-accounts": {
        "task": "booking.payments.tasks.check_accounts",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 6 * 3600},
    },
    "lapse-nursery-requests": {
        "task": "booking.nurseries.tasks.lapse_requests",
        "schedule": crontab(hour=5, minute=30),
        "options": {"expires": 6 * 3600},
    },
    "forget-people": {
        "task": "config.tasks.forget_people",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 6 * 3600},
    },
}
