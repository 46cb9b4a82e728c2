from municipalities.services import Service, Subject
from tests.second_service import actions
from tests.second_service.calendars import FOLLOWING, VISITS
from tests.second_service.messages import SUBJECT

DOOR = Service(
    name="second",
    subjects=(
        Subject(
            type=SUBJECT,
            label="visite",
            page="second_public:visit",
            find=actions.find,
            names=actions.names,
            look_up=actions.look_up,
            send_links=actions.send_links,
            following=FOLLOWING,
        ),
    ),
    touched_by=actions.touched_by,
    closing=actions.closing,
    feeds=(VISITS,),
    counted_views={"second:call_off": "visit_called_off"},
    retention=(actions.VISITORS,),
    purge=actions.purge,
)
