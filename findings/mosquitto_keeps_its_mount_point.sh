#!/bin/sh
# Mosquitto 2.0.11 (Debian 12) puts the mount point of a listener before the topics of its clients, as documented, and
# leaves it there when it delivers: its manual has the prefix removed from whatever is sent to such a client. So a
# subscriber of 'a/+' on a listener with 'mount_point out/' is handed a message of the topic 'out/a/b', which does not
# match what it asked for; a client that sorts messages by its own subscriptions (SensorThings) drops them.
# The same with and without per_listener_settings, retained or live, MQTT 3.1.1 and 5.
set -eu
folder=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker"; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get -qq download mosquitto=2.0.11-1.2+deb12u2 mosquitto-clients=2.0.11-1.2+deb12u2 \
    libmosquitto1=2.0.11-1.2+deb12u2 libcjson1 libdlt2 libwrap0 2>/dev/null || {
    echo "could not fetch the pinned packages (they are Debian 12's)" >&2
    exit 2
}
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
export LD_LIBRARY_PATH
printf 'listener 28831 127.0.0.1\nmount_point out/\nallow_anonymous true\n' >broker.conf
root/usr/sbin/mosquitto -c broker.conf 2>broker.log &
broker=$!
sleep 1
sed -n 's/^[0-9]*: \(mosquitto version [0-9.]*\) starting/\1/p' broker.log
for version in 311 5; do
    root/usr/bin/mosquitto_pub -V "$version" -p 28831 -r -t "a/b$version" -m reading
    seen=$(root/usr/bin/mosquitto_sub -V "$version" -p 28831 -t 'a/+' -v -C 1 -W 5)
    echo "MQTT $version, subscribed to a/+: $seen"
    root/usr/bin/mosquitto_pub -V "$version" -p 28831 -r -t "a/b$version" -n
    [ "$seen" = "out/a/b$version reading" ] || {
        echo "it behaves in another way now" >&2
        exit 1
    }
done
