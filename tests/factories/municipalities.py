from datetime import datetime, timedelta
from typing import Any

import factory
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from municipalities.enums import FacilityKind, OperatorKind, Role
from municipalities.models import Closure, Facility, Municipality, Operator, StaffMember, StaffRole

#: Where numbers in names begin: all of one length, so that they sort as they were made and none is the beginning of
#: another, however many objects the tests before have made.
FIRST = 10_000
#: The password of every member of staff that tests make.
PASSWORD = "un mot de passe de test"


def period(starts_at: datetime, **length: int) -> DateTimeTZRange:
    """`[starts_at, starts_at + length)`, for closures. `period(monday, days=1)`."""
    return DateTimeTZRange(starts_at, starts_at + timedelta(**length), "[)")


class MunicipalityFactory(DjangoModelFactory[Municipality]):
    class Meta:
        model = Municipality

    insee_code = factory.Sequence(lambda n: f"68{400 + n % 600}")
    name = factory.Sequence(lambda n: f"Villeneuve-{FIRST + n}")
    slug = factory.LazyAttribute(lambda o: slugify(o.name))
    postal_codes = factory.LazyFunction(lambda: ["68100"])
    population = 5000
    latitude = 47.75
    longitude = 7.34
    welcome_text = factory.LazyAttribute(lambda o: {"fr": f"Bienvenue à {o.name}."})
    email = factory.LazyAttribute(lambda o: f"mairie@{o.slug}.example")
    phone = "+33389000000"
    sender_name = factory.LazyAttribute(lambda o: f"Mairie de {o.name}")
    sender_email = factory.LazyAttribute(lambda o: f"rendez-vous@{o.slug}.example")


class OperatorFactory(DjangoModelFactory[Operator]):
    class Meta:
        model = Operator
        django_get_or_create = ("name",)  # two facilities of one municipality share its operator

    name = factory.Sequence(lambda n: f"Gestionnaire {FIRST + n}")
    municipality = None
    kind = factory.LazyAttribute(
        lambda o: OperatorKind.MUNICIPALITY if o.municipality is not None else OperatorKind.CONTRACT_HOLDER
    )


class FacilityFactory(DjangoModelFactory[Facility]):
    class Meta:
        model = Facility

    kind = FacilityKind.TOWN_HALL
    municipality = factory.SubFactory(MunicipalityFactory)
    operator = factory.SubFactory(
        OperatorFactory,
        municipality=factory.SelfAttribute("..municipality"),
        name=factory.LazyAttribute(lambda o: f"Commune de {o.municipality}"),
    )
    name = factory.LazyAttribute(lambda o: f"Mairie de {o.municipality}")
    slug = factory.LazyAttribute(lambda o: slugify(o.name))
    address = "1 place de la Mairie"
    postal_code = "68100"
    latitude = factory.SelfAttribute("municipality.latitude")
    longitude = factory.SelfAttribute("municipality.longitude")


class ClosureFactory(DjangoModelFactory[Closure]):
    class Meta:
        model = Closure

    period = factory.LazyFunction(lambda: period(timezone.now() + timedelta(days=7), days=1))
    reason = factory.LazyFunction(lambda: {"fr": "Fermeture exceptionnelle", "de": "Geschlossen", "en": "Closed"})


class StaffMemberFactory(DjangoModelFactory[StaffMember]):
    class Meta:
        model = StaffMember

    email = factory.Sequence(lambda n: f"agent{n}@agents.example")
    name = factory.Sequence(lambda n: f"Agent {FIRST + n}")

    @classmethod
    def _create(cls, model_class: type[StaffMember], *args: Any, **kwargs: Any) -> StaffMember:
        return StaffMember.objects.create_user(kwargs.pop("email"), kwargs.pop("password", PASSWORD), **kwargs)


class StaffRoleFactory(DjangoModelFactory[StaffRole]):
    class Meta:
        model = StaffRole

    staff = factory.SubFactory(StaffMemberFactory)
    role = Role.AUDITOR  # the one that needs no place
    valid_from = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
