"""The statement that keeps a batch: history, latest, counts, features and tile edits, in one snapshot.

Rows of observation and latest are taken in the order of datastreams always, so that two batches that meet in the same
datastreams wait for each other and never both.
"""

from twin.sensing.observation_id import NUMBERS

_OF_NEWEST = ("time", "sequence", "id", "result", "result_json", "quality", "received")
_IS_NEWER = "(excluded.time, excluded.sequence) > (l.time, l.sequence)"
_NEWER = ",\n        ".join(
    f"{name} = CASE WHEN {_IS_NEWER} THEN excluded.{name} ELSE l.{name} END" for name in _OF_NEWEST
)

# Returns the place and number of each reading that became an observation.
KEEP = f"""
WITH fresh AS (
    INSERT INTO onemap.observation AS o (
        id, datastream, time, sequence, time_end, result_time, result, result_json, quality, feature, valid_time,
        parameters
    )
    SELECT i.month * {NUMBERS} + nextval('onemap.observation_number'), i.datastream, i.time, i.sequence, i.time_end,
           i.result_time, i.result, i.result_json, i.quality, i.feature, i.valid_time, i.parameters
    FROM pg_temp.incoming AS i ORDER BY i.datastream, i.time, i.sequence, i.place
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
    RETURNING l.datastream, l.id
), linked AS (
    INSERT INTO onemap.datastream_feature (feature, datastream)
    SELECT DISTINCT f.feature, f.datastream FROM fresh AS f WHERE f.feature IS NOT NULL ORDER BY 1, 2
    ON CONFLICT DO NOTHING
), edited AS MATERIALIZED (
    SELECT onemap.readings_edited(array_agg(m.datastream)) AS done
    FROM merged AS m JOIN newest AS n ON (n.datastream, n.id) = (m.datastream, m.id)
)
SELECT DISTINCT ON (f.id) i.place, f.id FROM edited, fresh AS f JOIN pg_temp.incoming AS i
    ON (i.datastream, i.time, i.sequence) = (f.datastream, f.time, f.sequence) ORDER BY f.id, i.place
"""  # noqa: S608 - nothing of a request is in it

# The numbers of observations that were there before, by the place of the readings of the same datastream, time and
# sequence, and whether the result is the same.
KNOWN = """
SELECT i.place, o.id, (i.result, i.result_json) IS NOT DISTINCT FROM (o.result, o.result_json)
FROM pg_temp.incoming AS i
JOIN onemap.observation AS o ON (o.datastream, o.time, o.sequence) = (i.datastream, i.time, i.sequence)
WHERE i.place = ANY (%(places)s)
"""
