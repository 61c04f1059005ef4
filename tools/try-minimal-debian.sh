#!/bin/sh
# Tries a checkout on a bare Debian 12: no Node, no browser, no PostgreSQL, no compiler; only Python with venv.
#   tools/try-minimal-debian.sh FOLDER root|user [COMMAND…]     the command is ./sag test when none is given
# Needs root, debootstrap and about 3 GB in FOLDER. Each run starts from the same clean system and from the committed
# state of this checkout. The machine's own settings for package sources (certificates, pip, npm) come along.
set -eu
[ $# -ge 2 ] || { sed -n '2,6p' "$0" >&2; exit 2; }
checkout=$(cd "$(dirname "$0")/.." && pwd -P)
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
who=$2
shift 2
[ $# -gt 0 ] || set -- ./sag test
base=$folder/base
root=$folder/$who

if [ ! -f "$base/.complete" ]; then
    rm -rf "$base"
    mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources | head -n 1)
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$base" $mirror
    touch "$base/.complete"
fi

leave() {
    for place in dev/shm dev/pts dev proc; do
        umount "$root/$place" 2>/dev/null || umount -l "$root/$place" 2>/dev/null || true
    done
}
if [ -d "$root" ]; then
    leave
    rm -rf --one-file-system "$root"
fi
cp -a "$base" "$root"
trap leave EXIT
trap 'exit 130' INT TERM
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"

cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
[ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
if [ "$who" = root ]; then
    home=/root
    as=0:0
else
    home=/home/sag
    as=1000:1000
    chroot "$root" groupadd -g 1000 sag
    chroot "$root" useradd -m -u 1000 -g 1000 sag
fi
[ ! -f "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$root$home/.npmrc"
mkdir "$root$home/sagsgang"
(cd "$checkout" && git archive HEAD) | tar -x -C "$root$home/sagsgang"
chown -R "$as" "$root$home"

keep=$(env | grep -E '^(PIP_|UV_|NODE_EXTRA_CA_CERTS=|SSL_CERT_|REQUESTS_CA_BUNDLE=|https?_proxy=|no_proxy=|CI=)' || true)
IFS='
'
# shellcheck disable=SC2086
chroot --userspec="$as" "$root" /usr/bin/env -i HOME="$home" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    TERM="${TERM:-dumb}" $keep sh -c 'cd "$HOME/sagsgang" && exec "$@"' sh "$@"
