from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "booking.activities"
    verbose_name = "Piscines"

    def ready(self) -> None:
        from booking.activities.changes import cancel_letters, letters, pool_letters
        from booking.activities.changes.closing import closed_for_good
        from booking.activities.door import DOOR, SELLER
        from booking.activities.enrolling import messages, numbers
        from booking.activities.opening import messages as turns
        from booking.activities.register import morning
        from booking.activities.seasons import messages as windows
        from booking.activities.seasons.groups import before_fewer, when_replanned
        from booking.activities.singles import letters as absences
        from booking.activities.waiting import letters as offers
        from booking.activities.water.pools import when_closed
        from booking.payments import door
        from municipalities import services

        services.register(DOOR)
        door.register(SELLER)
        when_closed.add(closed_for_good)
        when_replanned.add(letters.owe_replanned)
        before_fewer.add(numbers.release_expired_of)
        letters.register()
        cancel_letters.register()
        pool_letters.register()
        messages.register()
        morning.register()
        windows.register()
        turns.register()
        absences.register()
        offers.register()
