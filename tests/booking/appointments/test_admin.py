"""Django's administration: superusers only, and free time follows what is saved there."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from booking.appointments.models import Appointment, Counter, CounterOffering, FreeGap, OpeningPeriod
from municipalities.models import Facility, Municipality, ReadTrace, StaffMember
from notifications.models import Message
from tests import people
from tests.factories import (
    AccessLinkFactory,
    AppointmentFactory,
    AppointmentTypeFactory,
    ClosureFactory,
    CounterClosureFactory,
    CounterFactory,
    FeeFactory,
    MessageFactory,
    OpeningPeriodFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
    RequiredDocumentFactory,
    WaitingListEntryFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(rixheim_town_hall: Facility) -> Counter:
    return CounterFactory.create(facility=rixheim_town_hall, types=[AppointmentTypeFactory.create()])


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(people.superuser(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_only_active_superusers_come_in(client: Client, rixheim: Municipality) -> None:
    client.force_login(
        people.territory_manager(is_staff=True), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get(reverse("admin:index")).status_code in (302, 403)
    assert client.get(reverse("admin:municipalities_municipality_changelist")).status_code in (302, 403)


def test_every_page_of_the_administration_opens(root: Client, counter: Counter) -> None:
    kind = counter.types.get()
    AppointmentFactory.create(type=kind, counter=counter, people=[{"last_name": "Confidentielle"}])
    OpeningPeriodFactory.create(counter=counter)
    PoolShareFactory.create(counter=counter)
    ReleasePolicyFactory.create()
    CounterClosureFactory.create(counter=counter)
    for make in (ClosureFactory, FeeFactory, RequiredDocumentFactory, MessageFactory, AccessLinkFactory):
        make.create()
    for model in admin.site._registry:
        if model._meta.app_label not in ("municipalities", "notifications", "appointments", "residents"):
            continue
        path = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = root.get(reverse(f"{path}_changelist"), {"q": "a"} if model is not Appointment else {})
        assert listed.status_code == 200, model
        assert "Confidentielle" not in listed.content.decode(), model
        assert root.get(reverse(f"{path}_add")).status_code in (200, 403), model
        for row in model._default_manager.all()[:1]:
            assert root.get(reverse(f"{path}_change", args=[row.pk])).status_code == 200, model


def test_a_choice_that_is_none_is_answered_on_every_form(root: Client) -> None:
    """Django's autocompletion asks the database for what was typed before the field has judged it: error 500."""
    judged = 0
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        page = root.get(path)
        if page.status_code == 403:
            continue
        inlines = [(given.formset.prefix, given.formset) for given in page.context["inline_admin_formsets"]]
        typed = dict.fromkeys(page.context["adminform"].form.fields, "--")
        for prefix, formset in inlines:
            typed |= {f"{prefix}-TOTAL_FORMS": "1", f"{prefix}-INITIAL_FORMS": "0"}
            typed |= {f"{prefix}-0-{name}": "--" for name in formset.empty_form.fields}
        answered = root.post(path, typed)
        assert answered.status_code == 200, model
        judged += bool(answered.context["errors"])
    assert judged > 10


def test_looking_at_a_file_leaves_a_trace(root: Client, counter: Counter) -> None:
    appointment = AppointmentFactory.create(type=counter.types.get(), counter=counter)
    message = MessageFactory.create(subject_id=uuid4(), recipient="odile@mail.example")
    wish = WaitingListEntryFactory.create()
    for row in (appointment, message, wish, counter):
        path = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        assert root.get(reverse(f"{path}_changelist")).status_code == 200
        assert root.get(reverse(f"{path}_change", args=[row.pk])).status_code == 200
    read = set(ReadTrace.objects.values_list("subject_id", "view"))
    assert read == {
        (appointment.pk, "admin:appointments_appointment"),
        (message.subject_id, "admin:notifications_message"),
        (wish.pk, "admin:appointments_waitinglistentry"),
    }


def test_every_model_of_ours_is_there() -> None:
    missing = []
    for app in ("municipalities", "notifications", "appointments"):
        for model in apps.get_app_config(app).get_models():
            try:
                reverse(f"admin:{app}_{model._meta.model_name}_changelist")
            except NoReverseMatch:
                missing.append(model._meta.label)
    # People show on their appointment, shares in their pool; what agents do at the counter and the trace have pages.
    elsewhere = {"AppointmentPerson", "PoolShare", "AuditEntry", "ReadTrace", "MunicipalityDraft", "IdempotencyKey"}
    elsewhere |= {"BoardStep", "WalkInTicket", "WalkInQuota", "MorningList", "CalendarEntry", "RefusedSender"}
    elsewhere |= {"FeedEntry", "Departure"}  # made again from appointments
    assert {label.split(".")[1] for label in missing} == elsewhere


def _opening(counter: Counter, **changed: object) -> dict[str, object]:
    return {
        "counter": counter.pk,
        "weekday": 1,
        "starts": "08:00",
        "ends": "12:00",
        "valid_from": timezone.localdate().isoformat(),
        "every_weeks": 1,
        "audience": 0,
    } | changed


def test_an_opening_saved_here_is_free_time(root: Client, counter: Counter) -> None:
    add = reverse("admin:appointments_openingperiod_add")
    assert root.post(add, _opening(counter)).status_code == 302
    assert FreeGap.objects.filter(counter=counter).exists()
    overlap = root.post(add, _opening(counter, starts="11:00", ends="13:00"))
    assert overlap.status_code == 200
    assert "couvre déjà une partie" in overlap.content.decode()
    opening = OpeningPeriod.objects.get()
    root.post(reverse("admin:appointments_openingperiod_delete", args=[opening.pk]), {"post": "yes"})
    assert not FreeGap.objects.filter(counter=counter).exists()


def test_a_type_switched_off_here_is_offered_no_more(root: Client, counter: Counter) -> None:
    kind = counter.types.get()
    root.post(
        reverse("admin:appointments_counter_change", args=[counter.pk]),
        {"facility": counter.facility_id, "name": counter.name, "types": [kind.pk], "is_active": "on"},
    )
    assert CounterOffering.objects.filter(counter=counter).exists()
    data = {"code": kind.code, "name_fr": "Motif", "kind": kind.kind, "max_people": 6, "position": 0}
    assert root.post(reverse("admin:appointments_appointmenttype_change", args=[kind.pk]), data).status_code == 302
    assert not CounterOffering.objects.filter(counter=counter).exists()


def test_what_people_hang_on_is_never_deleted_here(root: Client, counter: Counter) -> None:
    appointment = AppointmentFactory.create(type=counter.types.get(), counter=counter)
    for name, row in {
        "municipalities_municipality": counter.facility.municipality,
        "municipalities_facility": counter.facility,
        "municipalities_staffmember": people.auditor(),
        "appointments_counter": counter,
        "appointments_appointmenttype": counter.types.get(),
        "appointments_appointment": appointment,
    }.items():
        assert root.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert Appointment.objects.exists()


def test_a_person_added_here_is_invited(root: Client) -> None:
    data = {
        "email": "Neuf@x.example",
        "name": "Neuf",
        "language": "fr",
        "is_active": "on",
        "roles-TOTAL_FORMS": 0,
        "roles-INITIAL_FORMS": 0,
    }
    assert root.post(reverse("admin:municipalities_staffmember_add"), data).status_code == 302
    made = StaffMember.objects.get(email="neuf@x.example")
    assert not made.has_usable_password()
    assert Message.objects.get().kind == "staff.invitation"
