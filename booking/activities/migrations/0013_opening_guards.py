from django.db import migrations

from municipalities.audit import trace

#: What was published of a draw, and what came of it, is never changed: neither by us.
GUARDS = migrations.RunSQL(
    """
ALTER TABLE activities_opening ADD CONSTRAINT the_published_hash_is_that_of_the_seed
CHECK (seed_hash = encode(sha256(convert_to(seed, 'UTF8')), 'hex'));

CREATE FUNCTION guichet_a_draw_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.seed, NEW.seed_hash, NEW.opens_at, NEW.season_id) IS DISTINCT FROM
       (OLD.seed, OLD.seed_hash, OLD.opens_at, OLD.season_id)
       OR NEW.admitted < OLD.admitted OR NEW.last_rank < OLD.last_rank
       OR (OLD.drawn_at IS NOT NULL AND (NEW.drawn_at, NEW.drawn) IS DISTINCT FROM (OLD.drawn_at, OLD.drawn)) THEN
        RAISE EXCEPTION 'what was published of an opening stays, and nobody who was let in is sent back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_draw_stays_as_it_was';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guichet_a_draw_stays BEFORE UPDATE ON activities_opening
FOR EACH ROW EXECUTE FUNCTION guichet_a_draw_stays();

CREATE FUNCTION guichet_a_rank_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a rank that was given is not given to another'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_rank_stays_as_it_was';
END $$;
CREATE TRIGGER guichet_a_rank_stays BEFORE UPDATE OF rank, household_id, opening_id ON activities_ticket
FOR EACH ROW WHEN (OLD.rank IS NOT NULL AND (NEW.rank, NEW.household_id, NEW.opening_id) IS DISTINCT FROM
                                            (OLD.rank, OLD.household_id, OLD.opening_id))
EXECUTE FUNCTION guichet_a_rank_stays();
""",
    """
DROP TRIGGER guichet_a_rank_stays ON activities_ticket;
DROP FUNCTION guichet_a_rank_stays();
DROP TRIGGER guichet_a_draw_stays ON activities_opening;
DROP FUNCTION guichet_a_draw_stays();
ALTER TABLE activities_opening DROP CONSTRAINT the_published_hash_is_that_of_the_seed;
""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0012_openings"),
    ]

    operations = [
        GUARDS,
        # Raised every second while people wait; whom it lets in is said by the ranks.
        trace(
            "activities_opening",
            hidden=["seed"],
            update="NEW.drawn_at IS DISTINCT FROM OLD.drawn_at OR NEW.moved_to_id IS DISTINCT FROM OLD.moved_to_id",
        ),
    ]
