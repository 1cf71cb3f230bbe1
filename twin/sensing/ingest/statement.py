"""The statement that keeps a batch: history, latest, counts, features, what is to be judged, tile edits, together.

Rows of observation and latest are taken in the order of datastreams always, so that two batches that meet in the same
datastreams wait for each other and never both.
"""

from twin.sensing.observation_id import FIRST_YEAR, NUMBERS

_OF_NEWEST = ("time", "sequence", "id", "result", "result_json", "quality", "received")
_IS_NEWER = "(excluded.time, excluded.sequence) > (l.time, l.sequence)"
_NEWER = ",\n        ".join(
    f"{name} = CASE WHEN {_IS_NEWER} THEN excluded.{name} ELSE l.{name} END" for name in _OF_NEWEST
)

# Makes the partitions of months that there are none for.
PREPARE = f"""
SELECT onemap.prepare_observations(array_agg(
    make_timestamptz({FIRST_YEAR} + m.month / 12, m.month % 12 + 1, 1, 0, 0, 0, 'UTC')
)) FROM (SELECT DISTINCT i.month FROM pg_temp.incoming AS i) AS m
"""  # noqa: S608 - nothing of a request is in it

# What names no feature of interest is of the place of its thing.
# Returns the places and the numbers of the readings that became observations, as two arrays, and the datastreams that
# had none before.
KEEP = f"""
WITH place_of AS (
    SELECT f.datastream, f.feature FROM onemap.features_of(ARRAY(
        SELECT DISTINCT i.datastream FROM pg_temp.incoming AS i WHERE i.feature IS NULL ORDER BY i.datastream
    )) AS f
), fresh AS (
    INSERT INTO onemap.observation AS o (
        id, datastream, time, sequence, time_end, result_time, result, result_json, quality, feature, valid_time,
        parameters
    )
    SELECT i.month * {NUMBERS} + nextval('onemap.observation_number'), i.datastream, i.time, i.sequence, i.time_end,
           i.result_time, i.result, i.result_json, i.quality, coalesce(i.feature, p.feature), i.valid_time,
           i.parameters
    FROM pg_temp.incoming AS i LEFT JOIN place_of AS p ON p.datastream = i.datastream
    ORDER BY i.datastream, i.time, i.sequence, i.place
    ON CONFLICT DO NOTHING
    RETURNING o.id, o.datastream, o.time, o.sequence, o.time_end, o.result, o.result_json, o.quality, o.feature,
              o.received
), newest AS (
    SELECT DISTINCT ON (f.datastream) f.* FROM fresh AS f ORDER BY f.datastream, f.time DESC, f.sequence DESC
), counted AS (
    SELECT f.datastream, min(f.time) AS first_time, max(coalesce(f.time_end, f.time)) AS last_time, count(*) AS count
    FROM fresh AS f GROUP BY f.datastream
), merged AS (
    INSERT INTO onemap.latest AS l (datastream, {", ".join(_OF_NEWEST)}, first_time, last_time, count)
    SELECT n.datastream, {", ".join(f"n.{name}" for name in _OF_NEWEST)}, c.first_time, c.last_time, c.count
    FROM newest AS n JOIN counted AS c ON c.datastream = n.datastream ORDER BY n.datastream
    ON CONFLICT (datastream) DO UPDATE SET
        {_NEWER},
        first_time = least(l.first_time, excluded.first_time), last_time = greatest(l.last_time, excluded.last_time),
        count = l.count + excluded.count
    RETURNING l.datastream, l.id, l.xmax = 0 AS is_first
), linked AS (
    INSERT INTO onemap.datastream_feature (feature, datastream)
    SELECT DISTINCT f.feature, f.datastream FROM fresh AS f WHERE f.feature IS NOT NULL ORDER BY 1, 2
    ON CONFLICT DO NOTHING
), due AS (
    INSERT INTO onemap.alarm_due (datastream, time)
    SELECT f.datastream, min(f.time) FROM fresh AS f JOIN onemap.alarm_watch AS w ON w.datastream = f.datastream
    WHERE w.always OR onemap.alarm_value(f.result, f.result_json) >= w.most
        OR onemap.alarm_value(f.result, f.result_json) <= w.least
    GROUP BY f.datastream
), edited AS MATERIALIZED (
    SELECT onemap.readings_edited(array_agg(m.datastream)) AS done
    FROM merged AS m JOIN newest AS n ON (n.datastream, n.id) = (m.datastream, m.id)
)
SELECT array_agg(k.place) AS places, array_agg(k.id) AS ids,
       (SELECT array_agg(m.datastream) FROM merged AS m WHERE m.is_first) AS first
FROM (
    SELECT DISTINCT ON (f.id) i.place, f.id FROM edited, fresh AS f JOIN pg_temp.incoming AS i
        ON (i.datastream, i.time, i.sequence) = (f.datastream, f.time, f.sequence) ORDER BY f.id, i.place
) AS k
"""  # noqa: S608 - nothing of a request is in it

# The numbers of observations that were there before, by the place of the readings of the same datastream, time and
# sequence, and whether the result is the same.
KNOWN = """
SELECT i.place, o.id, (i.result, i.result_json) IS NOT DISTINCT FROM (o.result, o.result_json)
FROM pg_temp.incoming AS i
JOIN onemap.observation AS o ON (o.datastream, o.time, o.sequence) = (i.datastream, i.time, i.sequence)
WHERE i.place = ANY (%(places)s)
"""

# Those of datastreams that are there, which nobody removes before the present transaction ends.
PRESENT = "SELECT fid FROM onemap.datastreams WHERE fid = ANY (%(streams)s) ORDER BY fid FOR KEY SHARE"
# Takes back what was kept of datastreams that are gone.
TAKE_BACK = """
WITH gone AS (DELETE FROM onemap.latest WHERE datastream = ANY (%(streams)s)),
unlinked AS (DELETE FROM onemap.datastream_feature WHERE datastream = ANY (%(streams)s))
DELETE FROM onemap.observation WHERE datastream = ANY (%(streams)s)
"""

# Leaves of what is staged these places alone.
LEAVE = "DELETE FROM pg_temp.incoming WHERE place <> ALL (%(places)s)"
