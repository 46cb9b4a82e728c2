import structlog
from celery import shared_task

from booking.payments import accounts, reconciliation

log = structlog.get_logger()


@shared_task
def reconcile() -> None:
    asked = reconciliation.reconcile()
    if asked:
        log.info("payments_reconciled", asked=asked)


@shared_task
def check_accounts() -> None:
    accounts.check()
