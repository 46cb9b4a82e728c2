from celery import shared_task

from municipalities import services


@shared_task
def forget_people() -> None:
    services.purge()
