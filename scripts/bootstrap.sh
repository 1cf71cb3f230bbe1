#!/usr/bin/env bash
# Install what is missing, and nothing else: system packages by apt, Python packages from requirements.lock into .venv.
#
#   scripts/bootstrap.sh [run|test|bench|venv]
#
# run (the default) is enough to serve the map; test and bench add their tools; venv makes an empty .venv only.
# Respects the machine's own pip configuration. TWIN_DATABASE_URL spares PostgreSQL, except for the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
readonly oldest_postgres=15 oldest_python=11
readonly venv=.venv
readonly stamp=$venv/.installed

say() { printf 'bootstrap: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

# --- system packages -------------------------------------------------------------------------------------------------

fetched=no
apt() {
    if ! command -v apt-get >/dev/null; then
        fail "please install these by hand, this system has no apt-get: $*"
    fi
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "run as root, or install by hand: apt-get install $*"
        root=(sudo)
    fi
    say "installing $*"
    if [ "$fetched" = no ]; then
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update || fail "apt-get update failed, see above"
        fetched=yes
    fi
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >/dev/null ||
        fail "apt-get could not install $*, see above"
}

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# Major version of the newest installed server that is new enough, with PostGIS ("with") or not ("any").
installed_postgres() {
    local folder major newest=
    for folder in /usr/lib/postgresql/*/bin; do
        major=$(basename "$(dirname "$folder")")
        [ -x "$folder/initdb" ] && [ "$major" -ge "$oldest_postgres" ] 2>/dev/null || continue
        [ "$1" = any ] || [ -f "/usr/share/postgresql/$major/extension/postgis.control" ] || continue
        if [ -z "$newest" ] || [ "$major" -gt "$newest" ]; then newest=$major; fi
    done
    printf '%s' "$newest"
}

offered_postgres() {
    apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

need_postgres() {
    [ -z "$(installed_postgres with)" ] || return 0
    [ -z "${TWIN_POSTGRES_BIN:-}" ] || return 0
    local major
    major=$(installed_postgres any)
    if [ -z "$major" ]; then
        # With this file edited before the server comes, Debian makes no cluster of its own, which nobody would use.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            apt postgresql-common
            as_root sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' \
                /etc/postgresql-common/createcluster.conf
        fi
        major=$(offered_postgres)
    fi
    if [ -z "$major" ] || [ "$major" -lt "$oldest_postgres" ]; then
        fail "this system offers PostgreSQL ${major:-none}, and ≥ $oldest_postgres is needed: add apt.postgresql.org, or set TWIN_DATABASE_URL"
    fi
    apt "postgresql-$major" "postgresql-$major-postgis-3"
}

need_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then return 0; fi
    done
    apt chromium
}

# The program by which Playwright speaks to the browser needs this, and its wheel does not bring it.
need_browser_driver() {
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || apt libatomic1
}

need_fonts() {
    compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || apt fonts-noto-cjk
}

# Install programs that we start ourselves; the system's own service of the same name shall not take their port.
apt_unstarted() {
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt "$@"
}

need_broker() {
    [ -x /usr/sbin/mosquitto ] || command -v mosquitto >/dev/null || apt_unstarted mosquitto
}

# The map is of use without sensors that publish, also to whoever may not install anything.
want_broker() {
    [ "${TWIN_MQTT_PORT:-}" != 0 ] || return 0
    (need_broker) || say "going on without an MQTT broker: sensors cannot publish until mosquitto is installed"
}

need_bench_tools() {
    local missing=()
    command -v wrk >/dev/null || missing+=(wrk)
    [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
    command -v ogr2ogr >/dev/null || missing+=(gdal-bin)
    [ "${#missing[@]}" -gt 0 ] || return 0
    apt_unstarted "${missing[@]}"
}

# --- Python ----------------------------------------------------------------------------------------------------------

new_enough='import sys; sys.exit(sys.version_info < (3, '$oldest_python'))'

# The newest Python that is new enough and imports the given modules; 3.14 last, as libraries are late for it.
find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3 python3.14; do
        if command -v "$name" >/dev/null && "$name" -c "import $1; $new_enough" 2>/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

need_python() {
    local python
    find_python venv,ensurepip >/dev/null && return 0
    if python=$(find_python sys); then
        apt "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    else
        apt python3 python3-venv
    fi
    find_python venv,ensurepip >/dev/null || fail "Python ≥ 3.$oldest_python with its venv module is needed, and apt has none"
}

need_venv() {
    if [ -x $venv/bin/python ] && $venv/bin/python -c "$new_enough" 2>/dev/null; then
        $venv/bin/python -c 'import pip' 2>/dev/null || $venv/bin/python -m ensurepip >/dev/null
        return 0
    fi
    need_python
    local python
    python=$(find_python venv,ensurepip)
    say "making $venv with $("$python" --version)"
    rm -rf $venv
    "$python" -m venv $venv
}

need_packages() {
    local wanted
    wanted=$(cat requirements.lock pyproject.toml | sha256sum)
    if [ -x $venv/bin/twin ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then return 0; fi
    need_venv
    say "installing Python packages from requirements.lock"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    printf '%s\n' "$wanted" >$stamp
}

case $purpose in
run)
    [ -n "${TWIN_DATABASE_URL:-}" ] || need_postgres
    want_broker
    need_packages
    ;;
test | bench)
    need_postgres
    need_broker
    need_packages
    need_browser
    need_browser_driver
    need_fonts
    [ "$purpose" = test ] || need_bench_tools
    ;;
venv) need_venv ;;
*) fail "usage: $0 [run|test|bench|venv]" ;;
esac
