#!/bin/bash
# Lets containers and pods come and go under a private containerd, and compares what there is before and after.
#
#   Tools/soak.sh [CYCLES [PODS]]    200 and none unless told; half a second for a cycle, two for a pod
#
# A cycle is: run a container, exec in it, kill it, delete it; and exec in a container that stays, whose shim is measured.
# A pod is: make it, run a container in it, exec in that, stop and remove it; and the same with a container of a pod that
# stays, whose shim is measured. The first of both are not counted: caches fill, and memory is touched for the first
# time. Fails when anything grows.
set -euo pipefail
cd "$(dirname "$0")/.."

cycles=${1:-200}
pods=${2:-0}
warm_up=10
warm_up_pods=5
runtime=${SHIM_RUNTIME:-io.containerd.runsc.v1}
image=localhost/busybox:latest
pause=localhost/pause:latest
python=${TEST_PYTHON:-/opt/containerd-shim-runsc/venv/bin/python}
# kB that a shim may grow by in the whole run: the allocator's slack.
memory_slack=2048
# What containerd itself may have more of: connections that its Go runtime has not closed yet.
containerd_slack=8

export PATH="$(realpath "${SHIM_DIRECTORY:-build}"):${RUNSC_DIRECTORY:-/opt/containerd-shim-runsc/runsc-20240729/usr/bin}:$PATH"
snapshot=$(mktemp)
Tools/leftovers.sh snapshot >"$snapshot"
work=$(mktemp -d /tmp/soak-XXXXXX)
mark="soak-$$"
export CONTAINERD_NAMESPACE="$mark" CONTAINERD_ADDRESS="$work/c.sock"
containerd= client=

fail() {
    echo "soak: FAILED: $*" >&2
    exit 1
}

bounded() { timeout --kill-after 5 60 "$@"; }

clean_up() {
    status=$?
    trap - EXIT
    if [ -n "$client" ]; then
        # At the end of its input it removes its pods.
        exec {to_client}>&- || true
        wait "$client" 2>/dev/null || true
    fi
    if [ -n "$containerd" ]; then
        for id in $(timeout 10 ctr tasks list --quiet 2>/dev/null); do
            timeout 20 ctr tasks delete --force "$id" >/dev/null 2>&1 || true
        done
        kill "$containerd" 2>/dev/null || true
        wait "$containerd" 2>/dev/null || true
    fi
    for group in /sys/fs/cgroup/"$mark" /sys/fs/cgroup/*/"$mark"; do
        [ ! -d "$group" ] || rmdir "$group" || true
    done
    rmdir "/run/containerd/runsc/$mark" 2>/dev/null || true
    ip link delete "$mark" 2>/dev/null || true
    rm -rf "$work"
    for attempt in $(seq 50); do
        left=$(Tools/leftovers.sh compare "$snapshot" "$work" "$mark") && break
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

count() { find "$@" 2>/dev/null | wc -l; }
lines() { grep -cF "$@" 2>/dev/null || true; }

# measure_shim NAME PID: what one shim that stays holds.
measure_shim() {
    echo "$1-descriptors $(count "/proc/$2/fd" -mindepth 1)"
    echo "$1-children $(cat "/proc/$2/task/"*/children | wc -w)"
    echo "$1-threads $(count "/proc/$2/task" -mindepth 1 -maxdepth 1)"
    echo "$1-inotify-watches $(cat "/proc/$2/fdinfo/"* 2>/dev/null | lines inotify)"
    echo "$1-rss-kB $(awk '/^Rss:/ { print $2 }' "/proc/$2/smaps_rollup")"
    echo "$1-private-kB $(awk '/^Private/ { n += $2 } END { print n }' "/proc/$2/smaps_rollup")"
    echo "$1-log-lines $(lines "shim=$3" "$work/containerd.log")"
}

# measure: what there is, a number a line. Counts are of this containerd's containers only.
measure() {
    echo "processes $(grep -lzF -e "$work" -e "$mark" /proc/[0-9]*/cmdline 2>/dev/null | wc -l)"
    echo "zombies $(cat /proc/[0-9]*/stat 2>/dev/null | awk -v c="$containerd" -v s="$shim" -v p="${pod_shim:-0}" \
        '{ sub(/^.*\) /, ""); if ($1 == "Z" && ($2 == c || $2 == s || $2 == p)) n++ } END { print n + 0 }')"
    echo "mounts $(lines -e "$work" /proc/self/mountinfo)"
    echo "cgroups $(count /sys/fs/cgroup -path "*/$mark/*" -type d)"
    echo "sockets $(count "$work" /run/containerd/runsc/"$mark" -type s)"
    # Whose they are does not show; those of others are listened on.
    echo "stale-sockets $(comm -13 <(grep -o '/run/containerd/s/.*' "$snapshot" | sort) \
        <(find /run/containerd/s -type s | grep -vxFf <(grep -o '/run/containerd/s/.*' /proc/net/unix) | sort) | wc -l)"
    echo "state-files $(count /run/containerd/runsc/"$mark" "$work/runsc" -type f)"
    echo "bundles $(count "$work/state/io.containerd.runtime.v2.task" -mindepth 2 -maxdepth 2)"
    echo "network-namespaces $(count "$work/state" -path '*/netns/*')"
    echo "network-devices $(ip -o link show master "$mark" 2>/dev/null | wc -l)"
    echo "addresses $(count "$work/ipam" -type f -name '10.*')"
    for namespace in "$mark" k8s.io; do
        for what in containers tasks snapshots leases; do
            echo "containerd-$what-${namespace%-*} $(ctr --namespace "$namespace" "$what" list 2>/dev/null | wc -l)"
        done
    done
    echo "containerd-descriptors $(count "/proc/$containerd/fd" -mindepth 1)"
    measure_shim shim "$shim" stays
    [ "$pods" = 0 ] || measure_shim pod "$pod_shim" "$pod"
}

cycle() {
    local id="cycle-$1"
    bounded ctr run -d --runtime "$runtime" "$image" "$id" sleep 600
    bounded ctr tasks exec --exec-id e "$id" true
    bounded ctr tasks exec --exec-id "e$1" stays true
    bounded ctr tasks kill --signal SIGKILL "$id"
    # The answer says that the signal was sent. ctr has no command that waits for the end.
    for attempt in $(seq 200); do
        status=0
        bounded ctr tasks delete "$id" >"$work/output" 2>&1 || status=$?
        grep -q "must be stopped" "$work/output" || break
    done
    # The exit code is what a killed container's is.
    [ "$status" = 137 ] || grep -q 137 "$work/output" || fail "$id: delete: $status: $(cat "$work/output")"
    bounded ctr containers delete "$id"
}

# churn N: so many pods, by the client that stands in for a kubelet.
churn() {
    [ "$pods" != 0 ] || return 0
    echo "$1" >&"$to_client"
    if ! read -r answer <&"$from_client"; then
        # The shim writes down what it has.
        kill -USR1 "$pod_shim" && sleep 1
        tail -n 60 "$work/containerd.log" >&2
        fail "the client of the CRI has ended"
    fi
    [ "$answer" = done ] || fail "pods: $answer"
}

disabled='"io.containerd.internal.v1.opt"'
[ "$pods" != 0 ] || disabled="$disabled, \"io.containerd.grpc.v1.cri\""
cat >"$work/config.toml" <<END
version = 2
root = "$work/root"
state = "$work/state"
disabled_plugins = [$disabled]
[grpc]
address = "$CONTAINERD_ADDRESS"
[ttrpc]
address = "$CONTAINERD_ADDRESS.ttrpc"
END
if [ "$pods" != 0 ]; then
    cat >>"$work/config.toml" <<END
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "$pause"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"
stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$work/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runsc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runsc]
runtime_type = "$runtime"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runsc.options]
TypeUrl = "io.containerd.runsc.v1.options"
ConfigPath = "$work/runsc.toml"
END
    echo "root = \"$work/runsc\"" >"$work/runsc.toml"
    mkdir "$work/cni"
    cat >"$work/cni/10-bridge.conflist" <<END
{"cniVersion": "0.4.0", "name": "$mark", "plugins": [
  {"type": "bridge", "bridge": "$mark", "isGateway": true, "ipam": {
    "type": "host-local", "dataDir": "$work/ipam", "ranges": [[{"subnet": "10.212.$(($$ % 250)).0/24"}]]}}]}
END
fi
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
shim=$(cat "$work/state/io.containerd.runtime.v2.task/$mark/stays/shim.pid")
if [ "$pods" != 0 ]; then
    Tools/build-image.sh "$work/pause.tar" "$pause" sleep 2147483647 >/dev/null
    for archive in busybox pause; do bounded ctr --namespace k8s.io images import "$work/$archive.tar" >/dev/null; done
    mkfifo "$work/to-client" "$work/from-client"
    "$python" Tests/CRI/scenarios.py churn "$CONTAINERD_ADDRESS" "$work" "$mark" "$image" \
        <"$work/to-client" >"$work/from-client" &
    client=$!
    exec {to_client}>"$work/to-client" {from_client}<"$work/from-client"
    read -r pod <&"$from_client" || fail "the client of the CRI has not begun"
    pod_shim=$(cat "$work/state/io.containerd.runtime.v2.task/k8s.io/$pod/shim.pid")
fi

for number in $(seq "$warm_up"); do cycle "warm-$number"; done
churn "$warm_up_pods"
sleep 2 # The last shim ends after its last answer.
measure >"$work/before"
began=$(date +%s)
for number in $(seq "$cycles"); do cycle "$number"; done
changed=$(date +%s)
churn "$pods"
ended=$(date +%s)
sleep 2
measure >"$work/after"

echo "soak: $cycles cycles in $((changed - began)) s, $pods pods in $((ended - changed)) s"
join "$work/before" "$work/after" | awk -v slack="$memory_slack" -v containerd_slack="$containerd_slack" '
    BEGIN { printf "%-28s %10s %10s\n", "", "before", "after" }
    {
        allowed = $1 ~ /kB$/ ? slack : $1 == "containerd-descriptors" ? containerd_slack : $1 ~ /threads$/ ? 4 : 0
        grown = $3 > $2 + allowed
        printf "%-28s %10d %10d%s\n", $1, $2, $3, grown ? "  GREW" : ""
        bad += grown
    }
    END { exit bad > 0 }' || {
    grep -F -e "shim=stays" -e "shim=${pod:-stays}" "$work/containerd.log" | tail -n 5 >&2 || true
    fail "something grows"
}
bounded ctr tasks kill --signal SIGKILL stays
bounded ctr tasks delete stays >/dev/null 2>&1 || true
bounded ctr containers delete stays
echo "soak: nothing grew"
