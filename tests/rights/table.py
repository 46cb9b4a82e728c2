"""The rights table of the pages: with which arguments each is asked, and who may open or do what there.

A staff page that is not in it fails the walk, whichever app it belongs to.
"""

from collections.abc import Callable
from typing import Any

from tests.rights.world import World


def _pk(pick: Callable[[World], Any]) -> Callable[[World], list[Any]]:
    return lambda world: [pick(world).pk]


def _role(world: World) -> Any:
    return world.agent.roles.get()


#: Arguments of every address. Those without any may answer everybody, with what is theirs.
SAMPLES: dict[str, Callable[[World], list[Any]]] = {
    "staff:municipality": _pk(lambda w: w.town),
    "staff:publish_draft": _pk(lambda w: w.town),
    "staff:discard_draft": _pk(lambda w: w.town),
    "staff:draft_emblem": _pk(lambda w: w.town),
    "counter:documents": _pk(lambda w: w.town),
    "counter:new_document": _pk(lambda w: w.town),
    "counter:own_document": lambda w: [w.town.pk, w.common.pk],
    "counter:drop_document": lambda w: [w.town.pk, w.common.pk],
    "counter:edit_document": _pk(lambda w: w.document),
    "counter:restore_document": _pk(lambda w: w.document),
    "staff:new_facility": _pk(lambda w: w.town),
    "staff:facility": _pk(lambda w: w.hall),
    "staff:operator": _pk(lambda w: w.operator),
    "staff:member": _pk(lambda w: w.agent),
    "staff:member_role": _pk(lambda w: w.agent),
    "staff:member_account": _pk(lambda w: w.agent),
    "staff:end_role": _pk(_role),
    "counter:day": _pk(lambda w: w.hall),
    "counter:board": _pk(lambda w: w.hall),
    "counter:sheet": _pk(lambda w: w.hall),
    "counter:board_act": _pk(lambda w: w.hall),
    "counter:my_counter": _pk(lambda w: w.hall),
    "counter:walk_in": _pk(lambda w: w.hall),
    "counter:quotas": _pk(lambda w: w.hall),
    "counter:remove_quota": _pk(lambda w: w.quota),
    "counter:ticket": _pk(lambda w: w.ticket),
    "counter:morning": _pk(lambda w: w.hall),
    "counter:outcomes": _pk(lambda w: w.hall),
    "counter:close_day": _pk(lambda w: w.hall),
    "counter:reopen_day": _pk(lambda w: w.hall),
    "counter:booked": _pk(lambda w: w.appointment),
    "counter:outside": _pk(lambda w: w.hall),
    "counter:mark": _pk(lambda w: w.appointment),
    "counter:cancel": _pk(lambda w: w.appointment),
    "counter:move": _pk(lambda w: w.appointment),
    "counter:correct": _pk(lambda w: w.appointment),
    "counter:counters": _pk(lambda w: w.hall),
    "counter:new_counter": _pk(lambda w: w.hall),
    "counter:facility_service": _pk(lambda w: w.hall),
    "counter:facility_operator": _pk(lambda w: w.hall),
    "counter:counter": _pk(lambda w: w.counter),
    "counter:edit_counter": _pk(lambda w: w.counter),
    "counter:new_opening": _pk(lambda w: w.counter),
    "counter:opening": _pk(lambda w: w.opening),
    "counter:delete_opening": _pk(lambda w: w.opening),
    "counter:facility_week": _pk(lambda w: w.hall),
    "counter:close_one": _pk(lambda w: w.hall),
    "counter:history": _pk(lambda w: w.hall),
    "counter:week": _pk(lambda w: w.counter),
    "counter:new_week": _pk(lambda w: w.counter),
    "counter:copy_week": _pk(lambda w: w.counter),
    "counter:copy_day": _pk(lambda w: w.counter),
    "counter:split_opening": _pk(lambda w: w.opening),
    "counter:end_opening": _pk(lambda w: w.opening),
    "counter:rehome": _pk(lambda w: w.counter),
    "counter:rehomed": _pk(lambda w: w.counter_closure),
    "counter:holidays": _pk(lambda w: w.town),
    "counter:lift_counter_closure": _pk(lambda w: w.counter_closure),
    "counter:lift_closure": _pk(lambda w: w.closure),
    "counter:pool": _pk(lambda w: w.share.pool),
    "counter:edit_pool": _pk(lambda w: w.share.pool),
    "counter:new_share": _pk(lambda w: w.share.pool),
    "counter:share": _pk(lambda w: w.share),
    "counter:remove_share": _pk(lambda w: w.share),
    "counter:policy": _pk(lambda w: w.policy),
    "counter:remove_policy": _pk(lambda w: w.policy),
    "counter:facility_durations": _pk(lambda w: w.hall),
    "second:visits": _pk(lambda w: w.hall),
    "second:visit_file": _pk(lambda w: w.visit),
    "second:call_off": _pk(lambda w: w.visit),
    "feeds:reset": _pk(lambda w: w.feed),
    "feeds:revoke": _pk(lambda w: w.feed),
    "feeds:delete": _pk(lambda w: w.feed),
    "feeds:busy": _pk(lambda w: w.counter),
    "feeds:refresh_busy": _pk(lambda w: w.busy),
    "feeds:remove_busy": _pk(lambda w: w.busy),
} | dict.fromkeys(
    (
        "staff:home",
        "staff:second_factor",
        "staff:resume",
        "staff:rights",
        "staff:delegations",
        "staff:control",
        "staff:readings",
        "staff:municipalities",
        "staff:new_municipality",
        "staff:operators",
        "staff:new_operator",
        "staff:members",
        "staff:new_member",
        "counter:today",
        "counter:find",
        "counter:unsent",
        "counter:book",
        "counter:ours",
        "counter:closures",
        "counter:new_closure",
        "counter:pools",
        "counter:new_pool",
        "counter:policies",
        "counter:new_policy",
        "counter:durations",
        "feeds:mine",
        "feeds:new",
    ),
    lambda _world: [],
)

#: What an agent of the place may open without being its manager.
OPEN_TO_AGENTS = {
    "staff:home",
    "staff:second_factor",
    "staff:resume",
    "staff:municipalities",
    "counter:today",
    "counter:find",
    "counter:unsent",
    "counter:book",
    "counter:ours",
    "counter:closures",
    "counter:day",
    "counter:board",
    "counter:sheet",
    "counter:ticket",
    "counter:outside",
    "counter:counters",
    "counter:counter",
    "counter:facility_week",
    "counter:week",
    "feeds:mine",
    "feeds:new",
    "feeds:busy",
    "second:visits",
    "second:visit_file",
}
#: What an agent of the place may change.
DONE_BY_AGENTS = {
    "counter:mark",
    "counter:cancel",
    "counter:move",
    "counter:correct",
    "counter:board_act",
    "counter:my_counter",
    "counter:walk_in",
    "counter:morning",
    "counter:outcomes",
    "counter:close_day",
    "counter:reopen_day",
    "counter:booked",
    "counter:unsent",
    "feeds:new",
}
#: Pages of the town, whoever runs what stands in it, and of the agendas in which towns agree what they share.
OF_THE_TOWN = {
    "staff:municipality",
    "staff:publish_draft",
    "staff:discard_draft",
    "staff:draft_emblem",
    "staff:new_facility",
    "counter:documents",
    "counter:new_document",
    "counter:own_document",
    "counter:drop_document",
    "counter:edit_document",
    "counter:restore_document",
    "counter:holidays",
    "counter:pool",
    "counter:new_share",
}
#: What is the territory's alone.
OF_THE_TERRITORY = {
    "staff:control",
    "staff:readings",
    "staff:new_municipality",
    "staff:new_operator",
    "counter:new_pool",
    "counter:edit_pool",
    "counter:durations",
    "counter:facility_operator",
}
#: Every agent books for the whole territory: this page names all town halls, as the public search does.
NAMES_EVERY_PLACE = {"counter:book"}
#: What an auditor opens: everything that only shows.
OPEN_TO_AUDITORS = (OPEN_TO_AGENTS - {"counter:book", "counter:ours", "counter:unsent"}) | {
    "staff:rights",
    "staff:control",
    "staff:readings",
}
