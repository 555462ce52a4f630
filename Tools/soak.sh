#!/bin/bash
# Lets containers come and go under a private containerd, and compares what the machine and one shim hold before and after.
#
#   Tools/soak.sh [CYCLES]    200 unless told; a quarter of a second each, and one more for the rest
#
# A cycle is: run a container, exec in it, kill it, delete it; and exec in a container that stays, whose shim is measured.
# The first cycles are not counted: caches fill, and memory is touched for the first time. Fails when anything grows.
set -euo pipefail
cd "$(dirname "$0")/.."

cycles=${1:-200}
warm_up=10
runtime=${SHIM_RUNTIME:-io.containerd.runsc.v1}
image=localhost/busybox:latest
# kB that a shim may grow by in the whole run: the allocator's slack.
memory_slack=2048

export PATH="$(realpath "${SHIM_DIRECTORY:-build}"):${RUNSC_DIRECTORY:-/opt/containerd-shim-runsc/runsc-20240729/usr/bin}:$PATH"
snapshot=$(mktemp)
Tools/leftovers.sh snapshot >"$snapshot"
work=$(mktemp -d /tmp/soak-XXXXXX)
export CONTAINERD_NAMESPACE="soak-$$" CONTAINERD_ADDRESS="$work/c.sock"
containerd=

fail() {
    echo "soak: FAILED: $*" >&2
    exit 1
}

bounded() { timeout --kill-after 5 60 "$@"; }

clean_up() {
    status=$?
    trap - EXIT
    if [ -n "$containerd" ]; then
        for id in $(timeout 10 ctr tasks list --quiet 2>/dev/null); do
            timeout 20 ctr tasks delete --force "$id" >/dev/null 2>&1 || true
        done
        kill "$containerd" 2>/dev/null || true
        wait "$containerd" 2>/dev/null || true
    fi
    for group in /sys/fs/cgroup/"$CONTAINERD_NAMESPACE" /sys/fs/cgroup/*/"$CONTAINERD_NAMESPACE"; do
        [ ! -d "$group" ] || rmdir "$group" || true
    done
    rmdir "/run/containerd/runsc/$CONTAINERD_NAMESPACE" 2>/dev/null || true
    rm -rf "$work"
    for attempt in $(seq 50); do
        left=$(Tools/leftovers.sh compare "$snapshot" "$work" "$CONTAINERD_NAMESPACE") && break
        [ "$attempt" = 50 ] || sleep 0.1
    done
    rm -f "$snapshot"
    if [ -n "$left" ]; then
        printf 'soak: FAILED: left behind:\n%s\n' "$left" >&2
        exit 1
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# measure: what there is, a number a line. Counts are of this containerd's containers only.
measure() {
    local shim=$1
    echo "processes $(grep -lzF -e "$work" -e "$CONTAINERD_NAMESPACE" /proc/[0-9]*/cmdline 2>/dev/null | wc -l)"
    echo "zombies $(cat /proc/[0-9]*/stat 2>/dev/null | awk -v c="$containerd" -v s="$shim" \
        '{ sub(/^.*\) /, ""); if ($1 == "Z" && ($2 == c || $2 == s)) n++ } END { print n + 0 }')"
    echo "mounts $(grep -cF -e "$work" /proc/self/mountinfo || true)"
    echo "cgroups $(find /sys/fs/cgroup -path "*/$CONTAINERD_NAMESPACE/*" -type d 2>/dev/null | wc -l)"
    echo "sockets $(find "$work" /run/containerd/runsc/"$CONTAINERD_NAMESPACE" -type s 2>/dev/null | wc -l)"
    echo "state-files $(find /run/containerd/runsc/"$CONTAINERD_NAMESPACE" -type f 2>/dev/null | wc -l)"
    echo "shim-descriptors $(find "/proc/$shim/fd" -mindepth 1 2>/dev/null | wc -l)"
    echo "shim-children $(cat "/proc/$shim/task/"*/children | wc -w)"
    echo "shim-inotify-watches $(cat "/proc/$shim/fdinfo/"* 2>/dev/null | grep -c '^inotify' || true)"
    echo "shim-rss-kB $(awk '/^Rss:/ { print $2 }' "/proc/$shim/smaps_rollup")"
    echo "shim-private-kB $(awk '/^Private/ { n += $2 } END { print n }' "/proc/$shim/smaps_rollup")"
    echo "log-lines-of-shim $(grep -c "id=stays" "$work/containerd.log" || true)"
}

cycle() {
    local id="cycle-$1"
    bounded ctr run -d --runtime "$runtime" "$image" "$id" sleep 600
    bounded ctr tasks exec --exec-id e "$id" true
    bounded ctr tasks exec --exec-id "e$1" stays true
    bounded ctr tasks kill --signal SIGKILL "$id"
    # Deleting waits for the end; the exit code is what a killed container's is.
    status=0
    bounded ctr tasks delete "$id" >"$work/output" 2>&1 || status=$?
    [ "$status" = 137 ] || grep -q 137 "$work/output" || fail "$id: delete: $status: $(cat "$work/output")"
    bounded ctr containers delete "$id"
}

cat >"$work/config.toml" <<EOF
version = 2
root = "$work/root"
state = "$work/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "$CONTAINERD_ADDRESS"
[ttrpc]
address = "$CONTAINERD_ADDRESS.ttrpc"
EOF
containerd --config "$work/config.toml" >"$work/containerd.log" 2>&1 &
containerd=$!
for attempt in $(seq 100); do
    timeout 5 ctr version >/dev/null 2>&1 && break
    [ "$attempt" = 100 ] && fail "containerd does not answer"
    sleep 0.1
done
Tools/build-image.sh "$work/busybox.tar" "$image" >/dev/null
bounded ctr images import "$work/busybox.tar" >/dev/null
bounded ctr run -d --runtime "$runtime" "$image" stays sleep 100000
shim=$(cat "$work/state/io.containerd.runtime.v2.task/$CONTAINERD_NAMESPACE/stays/shim.pid")

for number in $(seq "$warm_up"); do cycle "warm-$number"; done
sleep 2 # The last shim ends after its last answer.
measure "$shim" >"$work/before"
began=$(date +%s)
for number in $(seq "$cycles"); do cycle "$number"; done
ended=$(date +%s)
sleep 2
measure "$shim" >"$work/after"

echo "soak: $cycles cycles in $((ended - began)) s"
join "$work/before" "$work/after" | awk -v slack="$memory_slack" '
    BEGIN { printf "%-22s %10s %10s\n", "", "before", "after" }
    {
        grown = $3 > $2 + ($1 ~ /kB$/ ? slack : 0)
        printf "%-22s %10d %10d%s\n", $1, $2, $3, grown ? "  GREW" : ""
        bad += grown
    }
    END { exit bad > 0 }' || fail "something grows"
bounded ctr tasks kill --signal SIGKILL stays
bounded ctr tasks delete stays >/dev/null 2>&1 || true
bounded ctr containers delete stays
echo "soak: nothing grew"
