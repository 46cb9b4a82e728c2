"""Objects for tests, one factory per model. `from tests.factories import CounterFactory`."""

from tests.factories.appointments import (
    AppointmentFactory,
    AppointmentPersonFactory,
    AppointmentTypeFactory,
    CalendarPoolFactory,
    CounterClosureFactory,
    CounterFactory,
    DurationFactory,
    FeeFactory,
    FreeGapFactory,
    HoldFactory,
    OfferFactory,
    OpeningPeriodFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
    RequiredDocumentFactory,
)
from tests.factories.municipalities import (
    ClosureFactory,
    FacilityFactory,
    MunicipalityFactory,
    OperatorFactory,
    StaffMemberFactory,
    StaffRoleFactory,
)
from tests.factories.notifications import MessageFactory, ReminderPolicyFactory
from tests.factories.residents import AccessLinkFactory

__all__ = [
    "AccessLinkFactory",
    "AppointmentFactory",
    "AppointmentPersonFactory",
    "AppointmentTypeFactory",
    "CalendarPoolFactory",
    "ClosureFactory",
    "CounterClosureFactory",
    "CounterFactory",
    "DurationFactory",
    "FacilityFactory",
    "FeeFactory",
    "FreeGapFactory",
    "HoldFactory",
    "MessageFactory",
    "MunicipalityFactory",
    "OfferFactory",
    "OpeningPeriodFactory",
    "OperatorFactory",
    "PoolShareFactory",
    "ReleasePolicyFactory",
    "ReminderPolicyFactory",
    "RequiredDocumentFactory",
    "StaffMemberFactory",
    "StaffRoleFactory",
]
