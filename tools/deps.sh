#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs the Debian packages that a make target needs:  tools/deps.sh play|check|machine|all
#
# What is there is asked of dpkg alone, so once everything is installed nothing here needs the network,
# apt or root. What is missing is installed if this is root or sudo asks for no password; a person at a
# terminal who has sudo is shown the list and asked once; everybody else gets the line to paste.
#
# Exit status 3: a package could not be downloaded; the last lines on standard error are apt's own, behind "deps: apt: ".
# 1: anything else went wrong.
set -eu

play='gcc g++ libc6-dev meson ninja-build pkg-config libsndfile1-dev libsamplerate0-dev libasound2-dev'
check="$play make python3 libcmocka-dev libdw-dev scdoc sound-theme-freedesktop alsa-utils sndfile-programs clang clang-14 libclang-rt-14-dev llvm-14 gdb"
machine="$check qemu-system-x86"
all="$machine lld gcc-mingw-w64-x86-64-win32 valgrind spin"

case "${1-}" in
play) wanted=$play ;;
check) wanted=$check ;;
machine) wanted=$machine ;;
all) wanted=$all ;;
*)
    echo "usage: tools/deps.sh play|check|machine|all" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "deps: this is no Debian, so nothing is installed; what Debian calls it: $wanted" >&2
    exit 0
fi

missing=
for package in $wanted; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
missing=${missing# }
line="apt-get install -y --no-install-recommends $missing"

as_root= # what makes a command run as root
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    elif command -v sudo >/dev/null 2>&1 && [ -t 0 ] && [ -t 2 ]; then
        printf 'Portside needs these packages:\n  %s\nInstall them with sudo? [y/N] ' "$missing" >&2
        read -r answer
        case "$answer" in
        [yY]*) as_root=sudo ;;
        *)
            echo "deps: not installed. As root:  $line" >&2
            exit 1
            ;;
        esac
    else
        echo "$line"
        exit 1
    fi
fi

complaints= # what apt said of downloads that failed

apt() { # what it says on standard error is shown, and looked through
    exec 3>&1
    status=0
    said=$($as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@" \
        </dev/null 2>&1 >&3) || status=$?
    exec 3>&-
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    complaints=$(printf '%s\n' "$said" | grep 'Failed to fetch') || complaints=
    return "$status"
}

candidates() { # every missing package has something to install
    for package in $missing; do
        LC_ALL=C apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
    done
}

give_up() {
    echo "deps: apt could not install everything. As root:  apt-get update && $line" >&2
    [ -n "$complaints" ] || exit 1
    printf '%s\n' "$complaints" | while read -r complaint; do
        echo "deps: apt: $complaint" >&2
    done
    exit 3
}

echo "deps: installing $missing" >&2
if ! candidates; then
    apt update -q || give_up
    candidates || give_up # an index that could not be had is a warning to apt
fi
# shellcheck disable=SC2086 # a list of words
apt install -q -y --no-install-recommends $missing || give_up
