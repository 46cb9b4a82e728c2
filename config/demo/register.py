"""The register of the weeks before today, as coaches kept it, and what families want known at the water. All invented."""

from datetime import datetime, time, timedelta

from django.db import connection
from django.db.models import Min, Q
from django.utils import timezone

from booking.activities.models import Group
from booking.residents.models import Member
from municipalities.models import StaffMember

COACH = "bassin@m2a.example"
#: Weeks back in which marks were made; of a hundred people so many came.
WEEKS, CAME = 8, 88
#: What families say, and of how many swimmers one.
REMARKS = (
    "Asthme : son inhalateur est dans le sac (fictif)",
    "Porte un appareil auditif, retiré dans l’eau (fictif)",
    "Épilepsie : rester à portée de main (fictif)",
)
APART = 5

_MARKS = """
INSERT INTO activities_registermark (id, session_id, member_id, said, level, made_at, received_at, by_id, not_counted)
SELECT gen_random_uuid(), t.session_id, t.member_id,
       CASE WHEN abs(hashtext(t.id::text)) %% 100 < %(came)s THEN 'present' ELSE 'absent' END, NULL,
       s.starts_at + interval '5 minutes', s.starts_at + interval '5 minutes', coalesce(g.coach_id, %(coach)s), ''
  FROM activities_seat t
  JOIN activities_session s ON s.id = t.session_id AND s.called_off_at IS NULL
  JOIN activities_group g ON g.id = s.group_id
  JOIN activities_enrolment e ON e.id = t.enrolment_id AND e.state = 'enrolled'
 WHERE t.freed_at IS NULL AND s.ends_at BETWEEN %(since)s AND %(now)s
"""


def build_register(now: datetime) -> None:
    coach = StaffMember.objects.filter(email=COACH).first()
    if coach is None:
        return
    _give_groups(coach, now)
    with connection.cursor() as cursor:
        since = now - timedelta(weeks=WEEKS)
        cursor.execute(_MARKS, {"came": CAME, "coach": coach.pk, "since": since, "now": now})
    swimmers = Member.objects.filter(enrolments__group__coach=coach).order_by("pk").distinct()
    for member, remark in zip(swimmers[::APART], REMARKS, strict=False):
        Member.objects.filter(pk=member.pk).update(safety_remark=remark)


def _give_groups(coach: StaffMember, now: datetime) -> None:
    """Those that meet today, so that the register has something to show; else the next ones."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    ahead = Q(sessions__called_off_at__isnull=True, sessions__starts_at__gte=today)
    soon = Group.objects.filter(activity__kind="school", enrolments__isnull=False).annotate(
        next=Min("sessions__starts_at", filter=ahead)
    )
    wanted: list[int] = []
    seen: list[tuple[int, time, time]] = []
    for group in soon.filter(next__isnull=False).order_by("next", "pk")[:60]:
        span = (group.weekday, group.starts, group.ends)
        if all(day != span[0] or end <= span[1] or span[2] <= start for day, start, end in seen):
            wanted.append(group.pk)
            seen.append(span)
        if len(wanted) == 4:
            break
    Group.objects.filter(pk__in=wanted).update(coach=coach)
