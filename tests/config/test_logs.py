import json
import logging
import re
import uuid

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import logs


def broken(request):
    raise RuntimeError("Odile Fictive, odile@mail.example, could not be saved")


def fine(request, token=""):
    return HttpResponse("bien")


urlpatterns = [path("panne/", broken, name="broken"), path("lien/<str:token>/", fine, name="fine")]
handler500 = "config.errors.broken"


@pytest.fixture
def lines():
    """What would be written, as objects."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(logs.json_formatter())
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written]
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.urls(__name__)
def test_a_request_leaves_one_line_without_its_path(lines):
    response = Client().get("/lien/tres-secret/?q=odile", REMOTE_ADDR="192.0.2.7")
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert (line["view"], line["method"], line["status"]) == ("fine", "GET", 200)
    assert line["ms"] >= 0
    assert line["request"] == response["X-Request-ID"]
    assert not re.search("secret|odile|192", json.dumps(lines()))


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("given", "kept"), [("abcdef12-34", True), ("a b<script>", False), ("x" * 100, False)])
def test_a_proxys_request_id_is_kept_when_it_looks_like_one(given, kept):
    response = Client().get("/lien/x/", headers={"X-Request-ID": given})
    assert (response["X-Request-ID"] == given) is kept


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_an_error_leaves_its_kind_and_place_and_nothing_else(lines):
    client = Client(raise_request_exception=False)
    assert client.get("/panne/?nom=Odile").status_code == 500
    text = json.dumps(lines(), ensure_ascii=False)
    assert "Odile" not in text
    assert "odile" not in text
    (error,) = [line for line in lines() if line.get("errors")]
    assert error["errors"][0]["error"] == "builtins.RuntimeError"
    assert "broken" in error["errors"][0]["at"][-1]
    assert error["event"] == "Internal Server Error"
    assert error["view"] == "broken"
    assert error["status"] == 500


def test_health_is_not_worth_a_line(client, lines):
    client.get("/sante/vivant")
    assert [line for line in lines() if line["event"] == "request"] == []


def test_what_looks_personal_is_blanked_at_any_depth(lines):
    structlog.get_logger("test").warning(
        "wrote to odile@mail.example",
        phone="+33 6 39 98 00 00",
        deep={"seen": ["10.1.2.3", f"/mon-rendez-vous/{uuid.uuid4()}/x", 3]},
        thing=object(),
    )
    (line,) = lines()
    assert line["event"] == "wrote to <mail>"
    assert line["phone"] == "<phone>"
    assert line["deep"] == {"seen": ["<address>", "/mon-rendez-vous/<token>/x", 3]}
    assert line["thing"] == "<object>"


def test_causes_are_told_without_their_words(lines):
    try:
        try:
            raise KeyError("odile")
        except KeyError as error:
            raise ValueError("fictive") from error
    except ValueError:
        structlog.get_logger("test").exception("failed")
        logging.getLogger("elsewhere").exception("failed too")
    told = lines()
    assert len(told) == 2
    for line in told:
        assert [error["error"] for error in line["errors"]] == ["builtins.ValueError", "builtins.KeyError"]
        assert "odile" not in json.dumps(line)


def test_an_error_given_as_an_object_is_told(lines):
    structlog.get_logger("test").error("failed", exc_info=ValueError("odile"))
    assert lines()[0]["errors"] == [{"error": "builtins.ValueError", "at": []}]


def test_no_error_under_way_is_no_error(lines):
    structlog.get_logger("test").warning("calm", exc_info=True)
    assert "errors" not in lines()[0]


def test_tasks_are_named_in_their_lines(lines):
    from config import celery
    from config.tasks import forget_people

    celery.keep_our_logging()
    celery.name_the_task(task=forget_people, task_id="1")
    structlog.get_logger("test").warning("working")
    celery.forget_the_task()
    structlog.get_logger("test").warning("resting")
    working, resting = lines()
    assert working["task"] == "config.tasks.forget_people"
    assert "task" not in resting
