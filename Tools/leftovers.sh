#!/bin/bash
# What containers can leave on a machine: processes, mounts, cgroups, sockets, directories.
#
#   Tools/leftovers.sh snapshot >BEFORE             everything of that kind that is there now
#   Tools/leftovers.sh compare BEFORE [MARKER...]   what has come since; fails when there is something
#
# With markers only lines that contain one count, and sockets that nobody listens on: so that containers which others
# run on the machine at the same time are not taken for ours.
set -eu

processes() {
    for directory in /proc/[0-9]*; do
        line=$(2>/dev/null tr '\0' ' ' <"$directory/cmdline") || continue
        case $line in
        *leftovers.sh*) ;;
        *containerd* | *runsc* | *runc*) echo "process ${directory#/proc/} $line" ;;
        esac
    done
}

cgroups() {
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | while read -r root; do
        find "$root" -mindepth 1 -maxdepth 3 -type d -printf 'cgroup %p\n' 2>/dev/null || true
    done
}

sockets() {
    for socket in /run/containerd/s/*; do
        [ -S "$socket" ] || continue
        if grep -qF "$socket" /proc/net/unix; then echo "socket $socket"; else echo "stale-socket $socket"; fi
    done
}

snapshot() {
    processes
    awk '{ print "mount", $2, $3 }' /proc/mounts
    cgroups
    sockets
    # What is known of the installed runsc is kept for the next shim, and so is a namespace's empty directory.
    find /run/containerd/runsc /run/containerd/fifo /tmp -mindepth 1 -maxdepth 1 \
        \( -path '/run/*' ! -name 'contract-*.json*' ! -empty -o -name 'e2e-*' -o -name 'demo-*' \) \
        -printf 'directory %p\n' 2>/dev/null || true
}

case ${1:-} in
snapshot) snapshot | sort -u ;;
compare)
    before=$2
    shift 2
    new=$(snapshot | sort -u | comm -13 "$before" -)
    if [ $# -gt 0 ]; then
        new=$(grep -F "$(printf '%s\n' "$@" 'stale-socket ')" <<<"$new" || true)
    fi
    [ -z "$new" ] && exit 0
    echo "$new"
    exit 1
    ;;
*)
    echo "usage: leftovers.sh snapshot | compare BEFORE [MARKER...]" >&2
    exit 2
    ;;
esac
