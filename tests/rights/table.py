"""The rights table of the pages: with which arguments each is asked, and who may open or do what there.

A staff page that is not in it fails the walk, whichever app it belongs to.
"""

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
    "external_calendars:busy",
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
    "staff:try_town_sender",
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
    "counter:offer",
    "counter:new_type",
    "counter:edit_type",
    "counter:new_fee",
    "counter:edit_fee",
    "counter:drop_fee",
    "counter:facility_operator",
    # And the sports managers' and cashiers': a family belongs to no place.
    "desk:calls",
    "desk:cancel",
    "desk:find",
    "desk:mine",
    "desk:sale",
    "desk:levels",
    "desk:till",
    # And those of who stands at the water, each for the pools of their operator.
    "register:day",
    "register:mails",
    "register:session",
    "register:sheet",
    "register:sheets",
    "families:find",
    "families:new",
    "families:doubles",
    "families:family",
    "families:new_member",
    "families:quotient",
    "families:paper",
    "families:forget_paper",
}
#: What is done with money, by those who work for the office: who manages its operator looks on.
OF_CASH_OFFICES = {
    "cash:closing",
    "cash:refunds",
    "cash:bounced",
    "cash:journal_file",
    "cash:receipt",
    "cash:receipt_file",
    "cash:decide",
}
#: By the first word of their address's name: pages for nurseries, that no older right opens, not even the territory's.
OF_CHILDCARE = {"commission", "figures", "nursery_files", "points", "replies", "occasional", "supply", "vacancies"}
#: Every agent books for the whole territory: this page names all town halls, as the public search does.
NAMES_EVERY_PLACE = {"counter:book"}
#: What an auditor opens: everything that only shows.
OPEN_TO_AUDITORS = (OPEN_TO_AGENTS - {"counter:book", "counter:ours", "counter:unsent"}) | {
    "staff:rights",
    "staff:control",
    "staff:readings",
    "cash:offices",
    "cash:journal",
    "cash:months",
    "cash:pending",
    "pools:pools",
    "pools:week",
    "occupancy:figures",
    "occupancy:file",
    "occupancy:proposals",
}
