from django.db import migrations

from municipalities.audit import trace

#: Whichever way sessions change, the seats in them follow; no group has fewer places than numbers that are taken.
GUARDS = migrations.RunSQL(
    """
CREATE FUNCTION guichet_seats_in_new_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who is in the group has a seat in what is added to it. The group is held, so that nobody enters it in between.
BEGIN
    PERFORM 1 FROM activities_group WHERE id IN (SELECT group_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
    SELECT e.id, s.id, e.member_id, e.number, tstzrange(s.starts_at, s.ends_at), NULL
      FROM added s JOIN activities_enrolment e ON e.group_id = s.group_id AND NOT (e.state = 'ended')
     WHERE s.called_off_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER guichet_seats_in_new_sessions AFTER INSERT ON activities_session
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION guichet_seats_in_new_sessions();

CREATE FUNCTION guichet_seats_follow_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
-- A seat is at the time of its session, free where that is called off, and taken again where it is not after all.
BEGIN
    IF NOT EXISTS (
        SELECT FROM now_so n JOIN once_so o USING (id)
         WHERE (n.starts_at, n.ends_at, n.called_off_at) IS DISTINCT FROM (o.starts_at, o.ends_at, o.called_off_at)
    ) THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM activities_group WHERE id IN (SELECT group_id FROM now_so) ORDER BY id FOR NO KEY UPDATE;
    UPDATE activities_seat t
       SET period = tstzrange(n.starts_at, n.ends_at),
           freed_at = CASE
               WHEN n.called_off_at IS NOT NULL AND o.called_off_at IS NULL THEN coalesce(t.freed_at, n.called_off_at)
               WHEN n.called_off_at IS NULL AND t.freed_at = o.called_off_at
                    AND EXISTS (SELECT FROM activities_enrolment e
                                 WHERE e.id = t.enrolment_id AND NOT (e.state = 'ended')) THEN NULL
               ELSE t.freed_at
           END
      FROM now_so n JOIN once_so o USING (id)
     WHERE t.session_id = n.id
       AND (n.starts_at, n.ends_at, n.called_off_at) IS DISTINCT FROM (o.starts_at, o.ends_at, o.called_off_at);
    INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
    SELECT e.id, n.id, e.member_id, e.number, tstzrange(n.starts_at, n.ends_at), NULL
      FROM now_so n JOIN once_so o USING (id)
      JOIN activities_enrolment e ON e.group_id = n.group_id AND NOT (e.state = 'ended')
     WHERE n.called_off_at IS NULL AND o.called_off_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM activities_seat t WHERE t.session_id = n.id AND t.enrolment_id = e.id);
    RETURN NULL;
END $$;
CREATE TRIGGER guichet_seats_follow_sessions AFTER UPDATE ON activities_session
REFERENCING NEW TABLE AS now_so OLD TABLE AS once_so
FOR EACH STATEMENT EXECUTE FUNCTION guichet_seats_follow_sessions();

CREATE FUNCTION guichet_group_has_its_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM activities_enrolment e
                WHERE e.group_id = NEW.id AND e.number > NEW.capacity AND NOT (e.state = 'ended')) THEN
        RAISE EXCEPTION 'a group has all the places that are taken in it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_group_has_all_the_places_that_are_taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guichet_group_has_its_places BEFORE UPDATE OF capacity ON activities_group
FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION guichet_group_has_its_places();
""",
    """
DROP TRIGGER guichet_group_has_its_places ON activities_group;
DROP FUNCTION guichet_group_has_its_places();
DROP TRIGGER guichet_seats_follow_sessions ON activities_session;
DROP FUNCTION guichet_seats_follow_sessions();
DROP TRIGGER guichet_seats_in_new_sessions ON activities_session;
DROP FUNCTION guichet_seats_in_new_sessions();
""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0008_enrolments"),
        ("municipalities", "0004_editions"),
    ]

    operations = [
        GUARDS,
        # A hold that comes to nothing is nobody's business; an exception, and all that follows a hold, is told.
        trace(
            "activities_enrolment",
            insert="NEW.override_reason <> '' OR NEW.state <> 'held'",
            update="OLD.state <> 'held' OR NEW.state NOT IN ('held', 'ended')",
            delete="OLD.state <> 'ended'",
        ),
        trace("activities_givenlevel"),
    ]
