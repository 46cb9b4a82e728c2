"""What the walk sends to each address."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from booking.nurseries.enums import HALF_DAYS
from tests.rights.world import World


def posted(name: str, world: World) -> dict[str, Any]:
    """Data that would do harm, were the right there."""
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    seen = str(world.appointment.pk)
    # The day after the one of the appointment, which is a weekday's: nobody is on that counter.
    empty_day = (timezone.localdate(world.appointment.starts_at) + timedelta(days=1)).isoformat()
    role = {"role": "agent", "place": f"etablissement-{world.hall.pk}", "valid_from": day}
    opening = {"weekday": 2, "starts": "08:00", "ends": "10:00", "valid_from": day, "audience": 0}
    share = {"counter": world.counter.pk, "shared_from": day, "reserve_percent": 10, "reserve_days": 3}
    policy = {
        "facility": world.hall.pk,
        "notice_minutes": 60,
        "horizon_days": 30,
        "mode": "rolling",
        "batch_weeks": 1,
        "held_until_7_days_percent": 0,
        "held_until_1_day_percent": 0,
    }
    appointment_type = {"code": "intrus", "name_fr": "Intrus", "kind": "other", "max_people": 1, "position": 1}
    reminders = {
        "facility": world.hall.pk,
        "mail_days": ["3"],
        "mail_time": "09:00",
        "sms_days": "1",
        "sms_time": "10:00",
    }
    place = {"name": "Changé", "slug": "change", "postal_codes": "68100", "latitude": 47, "longitude": 7}
    colours = {"colour": "#123456", "second_colour": "#654321", "coat_pattern": "plain"}
    facility = {**place, "kind": "town_hall", "operator": world.hall.operator_id}
    operator = {"name": "Changé", "kind": "contract_holder", "colour": "#123456"}
    kind = world.appointment.type_id
    fee = {"code": "intrus", "label_fr": "Intrus", "euros": "1", "types": [kind], "ages": "any", "position": 1}
    document = {"label_fr": "Intrus", "types": [kind], "ages": "any", "position": 1}
    points_grid = {"name": "Intruse", "valid_from": day, "decision": "Intruse"}
    option = {"position": 1, "code": "intrus", "label_fr": "Intrus", "points": 1}
    criterion = {**option, "kind": "yes_no", "least": 0, "most": 1, "set_by": "family"}
    swim = {"starts": "14:00", "ends": "15:00", "lanes": [world.lane.pk]}
    school_holiday = {"name": "Intrus", "first_day": day, "last_day": day}
    data: dict[str, dict[str, Any]] = {
        "commission:new_round": {"name": "Intruse", "closes_on": day, "meets_on": day, "month_count": 3},
        "commission:members": {"members": "Intruse"},
        "commission:decide": {"quoi": "refuse", "motif": "Intrus", "version": "1"},
        "commission:take_back": {"version": "1"},
        "commission:aside": {"qualite": "Intruse"},
        "commission:vote": {"pour": 3, "contre": 0, "abstentions": 0, "version": "1"},
        "occasional:nursery": {"creneaux": [f"{day}_am"], "section": "small", "places": 1},
        "occasional:hours": {"morning_from": "07:00", "afternoon_from": "13:00", "given_back_by": "17:00"},
        "occasional:admit": {"creche": 1},
        "vacancies:propose_swap": {"quoi": "1-2"},
        "vacancies:new_vote": {
            "voted_on": day,
            "valid_until": day,
            "most_places": 3,
            "members": "Intruse",
            "votes_for": 3,
            "votes_against": 0,
            "abstained": 0,
        },
        "nursery_files:new": {"email": "intrus@mail.example", "phone": "", "language": "fr"},
        "nursery_files:seen": {"kind": "address-0"},
        "nursery_files:own_place": {"creche": 1, "numero": "Intrus"},
        "nursery_files:note": {"text": "Intruse"},
        "nursery_files:appeal": {"outcome": "refused", "text": "Intruse"},
        "nursery_files:new_appeal": {"kind": "informal", "made_on": timezone.localdate().isoformat(), "text": "Intrus"},
        "supply:hours": {"month": "2026-01", "attended": 1, "billed": 1},
        "nursery_files:settle": {"verdict": "meme"},
        "replies:decline": {"motif": "staff"},
        "replies:entry": {"number": "E2", "entered_on": timezone.localdate().isoformat(), "half_days": ["mon_am"]},
        "replies:stay": {"half_days": ["tue_am"]},
        "replies:leave": {"left_on": day},
        "points:claims": {"number": 1, "code": "referral", "value": "60", "reason": "Intrus"},
        "points:new_grid": points_grid,
        "points:edit_grid": points_grid,
        "points:new_criterion": criterion,
        "points:criterion": criterion,
        "points:new_option": option,
        "points:option": option,
        "points:towns": {"municipality": world.town.pk, "valid_from": day, "points": 20, "decision": "Intruse"},
        "pools:new_use": {**swim, "kind": "club", "label": "Intrus", "first_day": day, "heads": 3},
        "pools:copy_week": {"from_day": (timezone.localdate() + timedelta(days=21)).isoformat()},
        "pools:move_event": {**swim, "day": day},
        "pools:move_series": {**swim, "from_day": day, "weekday": world.series.weekday},
        "pools:swap_series": {"other": world.series.pk, "from_day": day},
        "pools:end_series": {"last_day": day},
        "pools:settings": {"most_heads": 5},
        "pools:new_pool": {"most_heads": 5},
        "pools:new_basin": {"name_fr": "Intrus", "lanes_fr": "Ligne 1"},
        "pools:new_lanes": {"lanes_fr": "Intruse"},
        "pools:edit_basin": {"name_fr": "Intrus"},
        "pools:basin_service": {"service": "non"},
        "pools:lane": {"service": "non"},
        "pools:edit_lane": {"name_fr": "Intruse"},
        "pools:holidays": school_holiday,
        "pools:holiday": school_holiday,
        "staff:municipality": {**place, **colours},
        "staff:new_municipality": {**place, **colours, "insee_code": "68999", "population": 1},
        "staff:delegations": {**role, "email": world.agent.email, "facility": world.hall.pk, "valid_until": day},
        "counter:new_document": document,
        "counter:own_document": document,
        "counter:edit_document": document,
        "staff:new_facility": facility,
        "staff:facility": facility,
        "staff:operator": operator,
        "staff:new_operator": operator,
        "staff:new_member": {**role, "name": "Intrus", "email": "intrus@mal.example", "language": "fr"},
        "staff:member": {"name": "Intrus", "language": "fr"},
        "staff:member_role": role,
        "staff:member_account": {"geste": "fermer"},
        "counter:mark": {"etat": "attended"},
        "counter:outcomes": {"suite": f"attended:{seen}:1"},
        "counter:close_day": {"jour": timezone.localdate().isoformat()},
        "counter:reopen_day": {"instant": timezone.now().isoformat()},
        "counter:board_act": {"geste": f"attended:rdv-{seen}:1"},
        "counter:book": {"voir": "1", "ici": str(world.hall.pk)},
        "counter:walk_in": {"type": kind, "people": 1},
        "counter:quotas": {"w0am": 5},
        "counter:morning": {"to_me": "on", "to_facility": "on"},
        "counter:cancel": {"reason": "Rien"},
        "counter:correct": {"version": "0", "p0-last_name": "Autre", "p0-first_name": "Nom", "p0-age": "majeur"},
        "counter:move": {"lieu": "", "creneau": f"{world.hall.pk}-202701041000"},
        "counter:new_counter": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:edit_counter": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:facility_operator": {"operator": world.operator.pk, "garder": "1", "vus": seen},
        "counter:facility_service": {"service": "non", "garder": "1", "vus": seen},
        "counter:new_opening": opening,
        "counter:opening": {**opening, "garder": "1", "vus": seen},
        "counter:delete_opening": {"garder": "1", "vus": seen},
        "counter:new_week": {"from_day": day, "h0-0-de": "", "h0-0-a": "", "garder": "1", "vus": seen},
        "counter:copy_week": {"from_day": day, "targets": [world.counter.pk], "garder": "1", "vus": seen},
        "counter:copy_day": {"from_day": day, "weekday": "3", "to": ["0"], "garder": "1", "vus": seen},
        "counter:split_opening": {"from_day": day, "pause": "10:00", "garder": "1", "vus": seen},
        "counter:end_opening": {"last_day": day, "garder": "1", "vus": seen},
        "counter:rehome": {
            "span": "journee",
            "day": empty_day,
            "why": "panne",
            "confirmer": "1",
            "rdv": seen,
            "vu": seen,
        },
        "counter:holidays": {"garder": "1", "vus": seen},
        "counter:new_closure": {
            "place": f"guichet-{world.counter.pk}",
            "from_day": day,
            "until_day": day,
            "reason_fr": "Intrus",
            "garder": "1",
            "vus": seen,
        },
        "counter:new_pool": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:edit_pool": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:new_share": share,
        "counter:share": share,
        "counter:new_policy": policy,
        "counter:policy": policy,
        "counter:new_type": appointment_type,
        "counter:edit_type": appointment_type,
        "counter:new_fee": fee,
        "counter:edit_fee": fee,
        "counter:new_reminders": reminders,
        "counter:edit_reminders": reminders,
        "counter:durations": {f"m-{kind}-1": 30},
        "counter:facility_durations": {f"m-{kind}-1": 30},
        **_of_the_prices(world, day),
        **_of_the_seasons(world, day),
        **_of_the_families(day),
        "cash:new_office": {"operator": world.hall.operator_id, "name": "Intruse"},
        "cash:office": {"name": "Intruse", "credit_days": 1},
        "cash:closing": {"cash": 0, "cheque": 0, "card_terminal": 0, "vouchers": 0},
        "cash:bounced": {"number": 1},
        **_of_the_nurseries(),
        "feeds:new": {"place": f"guichet-{world.counter.pk}", "privacy": "full"},
        "feeds:reset": {"adresse": world.feed.tokens.get().pk},
        "external_calendars:busy": {"name": "Intrus", "address": "https://agenda.example/intrus.ics"},
    }
    return data.get(name, {})


def _of_the_nurseries() -> dict[str, dict[str, Any]]:
    month = timezone.localdate().replace(day=1)
    places = {f"a_{day}": 3 for day in HALF_DAYS}
    opening = {**places, "first_month": f"{month:%Y-%m}", "overshoot": 100}
    held = {"purpose": "other", "places": 2, "first_month": f"{month:%Y-%m}", "last_month": f"{month:%Y-%m}"}
    said = {"guaranteed_places": 7, "guaranteed_counted_by": "nursery", "most_overshoot": 115, "morning_hours": 4}
    meeting = {
        "meets_on": (timezone.localdate() + timedelta(days=99)).isoformat(),
        "files_until": timezone.localdate().isoformat(),
        "about_fr": "Intruse",
    }
    return {
        "supply:new_opening": opening,
        "supply:opening": opening,
        "supply:new_held": held,
        "supply:held": held,
        "supply:settings": {**said, "afternoon_hours": 4},
        "supply:children": {"texte": "numero;naissance;demi_journees\nI1;2026-01;lundi\n", "importer": "1"},
        "supply:meetings": meeting,
        "supply:meeting": meeting,
        "supply:town": {"childminders": 1, "relay_name": "Intrus"},
    }


def _of_the_prices(world: World, day: str) -> dict[str, dict[str, Any]]:
    grid = {"name": "Intruse", "valid_from": day, "decision": "Intruse", "step": 1}
    price = {"unit": "term", "residence": "any", "status": "any", "age_from": 0, "quotient_from": 0, "rank_from": 1}
    reduction = {"position": 2, "because": "sibling", "rank_from": 2, "percent": 50}
    return {
        "tariffs:new_grid": {**grid, "operator": world.hall.operator_id},
        "tariffs:edit_grid": grid,
        "tariffs:publish_grid": {"malgre": "1"},
        "tariffs:new_tariff": {"code": "intrus", "label_fr": "Intrus"},
        "tariffs:tariff": {"code": "intrus", "label_fr": "Intrus"},
        "tariffs:new_price": {**price, "euros": "1"},
        "tariffs:price": {**price, "euros": "1"},
        "tariffs:new_adjustment": reduction,
        "tariffs:adjustment": {**reduction, "position": 1},
    }


def _of_the_families(day: str) -> dict[str, dict[str, Any]]:
    today = timezone.localdate().isoformat()
    return {
        "desk:sale": {"geste": "ajouter", "group": "intrus"},
        "desk:till": {"encaisser": "1", "rest": "cash"},
        "desk:cancel": {"credit": "1"},
        "families:new": {"name": "Intrus", "phone": "06 12 34 56 78"},
        "families:new_member": {"given_name": "Intrus", "family_name": "Intrus", "born_on": "2018-05-04"},
        "families:quotient": {"value": "1", "on": today, "until": day},
        "families:paper": {"kind": "residence", "on": today, "until": day},
    }


def _of_the_seasons(world: World, day: str) -> dict[str, dict[str, Any]]:
    operator = world.hall.operator_id
    season = {"name": "Intruse", "first_day": day, "last_day": (timezone.localdate() + timedelta(days=90)).isoformat()}
    activity = {"code": "intruse", "kind": "school", "name_fr": "Intruse", "account": "70631"}
    group = {
        "code": "intrus",
        "lanes": [world.lane.pk],
        "weekday": 2,
        "starts": "20:00",
        "ends": "20:45",
        "first_day": day,
        "last_day": season["last_day"],
        "capacity": 5,
        "age_day": "first_session",
        "tariff_code": "ecole",
        "unit": "year",
        "absence_hours": 24,
        "credit_rule": "credit",
    }
    child = world.household.members.exclude(born_on=None).get()
    return {
        "seasons:new_season": {**season, "operator": operator},
        "seasons:edit_season": season,
        "seasons:copy_season": {**season, "copier": "1"},
        "seasons:import_groups": {"texte": "activite;groupe", "importer": "1"},
        "seasons:new_activity": activity,
        "seasons:activity": activity,
        "seasons:new_group": group,
        "seasons:edit_group": group,
        "seasons:new_session": {"day": day, "starts": "07:00", "ends": "07:45"},
        "desk:session": {"geste": "annuler", "reason_fr": "Intruse"},
        "register:session": {"member": str(child.pk), "marque": "present"},
        "register:mails": {"own": "on"},
    }
