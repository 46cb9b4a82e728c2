"""The Celery application. Beat's schedule is static, in the settings."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun, worker_init, worker_process_init

from config.database import limits
from config.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("guichet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Celery sets up no logging of its own where somebody listens here: Django's settings hold for workers too."""


@worker_init.connect
@worker_process_init.connect
@beat_init.connect
def be_a_task(**_kwargs: Any) -> None:
    """Connections of workers wait longer than those of pages."""
    limits.process = limits.Kind.TASK


@worker_process_init.connect
def settle_memory(**_kwargs: Any) -> None:
    settle()


@task_prerun.connect
def name_the_task(task: Any = None, task_id: str = "", **_kwargs: Any) -> None:
    import structlog

    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=getattr(task, "name", ""), task_id=task_id)


@task_postrun.connect
def forget_the_task(**_kwargs: Any) -> None:
    import structlog

    structlog.contextvars.clear_contextvars()
