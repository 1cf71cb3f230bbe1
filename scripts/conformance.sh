#!/usr/bin/env bash
# Run the OGC's suite for SensorThings against a service of our own. Needs Java 11 or newer, and the suite:
#
#   TWIN_ETS_STA10=FILE   the suite as one jar, for machines that cannot fetch it
#
# Otherwise Maven gets it by its coordinates from the repository that Maven itself is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly suite=org.opengis.cite:ets-sta10:1.5:jar:aio
readonly checksum=b16d9c9493bd64f6ea7207b074f859753b39dbcd4fcd276ff8fa9d4cf656e456
readonly plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1
readonly folder=tests/output/conformance

fail() {
    printf 'conformance: %s\n' "$*" >&2
    exit 1
}

command -v java >/dev/null || fail "please install Java 11 or newer; the suite of the OGC is a program in Java"

jar=${TWIN_ETS_STA10:-}
if [ -z "$jar" ]; then
    jar=$folder/ets-sta10-1.5-aio.jar
    if [ ! -f "$jar" ]; then
        command -v mvn >/dev/null ||
            fail "please install Maven, which fetches $suite, or name the file in TWIN_ETS_STA10"
        mkdir -p "$folder"
        mvn -q "$plugin:copy" -Dartifact="$suite" -DoutputDirectory="$folder" ||
            fail "Maven could not fetch $suite, see above; with a copy of the file, name it in TWIN_ETS_STA10"
    fi
fi
[ -f "$jar" ] || fail "there is no file $jar"
printf '%s  %s\n' "$checksum" "$jar" | sha256sum --check --quiet - ||
    fail "$jar is not the suite that this was written for"

TWIN_ETS_STA10=$(realpath "$jar") .venv/bin/pytest -q -n0 -s tests/conformance/sensorthings_suite.py
