#!/bin/bash
# Shows the shim at work: a private containerd, an image built here, containers in gVisor; then takes it all away.
#
# Fails when any step does not do what it should, or when something is left. The machine's own containerd, if there
# is one, is not touched: root, state, socket and namespace are the demo's own.
#
#   SHIM_DIRECTORY=build RUNSC_DIRECTORY=/usr/bin Tools/demo.sh    with another shim or another release of runsc
set -euo pipefail
cd "$(dirname "$0")/.."

runtime=${SHIM_RUNTIME:-io.containerd.runsc.v1}
shim_directory=$(realpath "${SHIM_DIRECTORY:-build}")
runsc_directory=${RUNSC_DIRECTORY:-/opt/containerd-shim-runsc/runsc-20240729/usr/bin}
image=localhost/busybox:latest

bold() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() {
    printf '\ndemo: FAILED: %s\n' "$*" >&2
    [ -e "${work:-}/containerd.log" ] && tail -n 30 "$work/containerd.log" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "containers need root"
[ -x "$shim_directory/containerd-shim-runsc-v1" ] || [ -n "${SHIM_RUNTIME:-}" ] || fail "no shim: run 'make release'"

before=$(mktemp)
Tools/leftovers.sh snapshot >"$before"
work=$(mktemp -d /tmp/demo-XXXXXX)
export CONTAINERD_NAMESPACE="demo-$$" CONTAINERD_ADDRESS="$work/c.sock"
export PATH="$shim_directory:$runsc_directory:$PATH"
containerd=

# stop_containerd: by its id, with a bound, then by force.
stop_containerd() {
    [ -n "$containerd" ] || return 0
    kill "$containerd" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$containerd" 2>/dev/null || break
        sleep 0.05
    done
    kill -9 "$containerd" 2>/dev/null || true
    wait "$containerd" 2>/dev/null || true
    containerd=
}

# clean_up: whatever way the demo ends. A task that is still there after a failed step goes first.
clean_up() {
    status=$?
    trap - EXIT
    if [ -n "$containerd" ]; then
        for id in $(timeout 10 ctr tasks list --quiet 2>/dev/null); do
            timeout 20 ctr tasks delete --force "$id" >/dev/null 2>&1 || true
        done
    fi
    stop_containerd
    # The namespace's own group is shared by its containers: it is the demo's to remove.
    for group in /sys/fs/cgroup/"$CONTAINERD_NAMESPACE" /sys/fs/cgroup/*/"$CONTAINERD_NAMESPACE"; do
        [ ! -d "$group" ] || rmdir "$group" || true
    done
    rmdir "/run/containerd/runsc/$CONTAINERD_NAMESPACE" "/run/containerd/runc/$CONTAINERD_NAMESPACE" 2>/dev/null || true
    rm -rf "$work"
    # A shim ends after its last answer: a moment, with a bound.
    for attempt in $(seq 50); do
        left=$(Tools/leftovers.sh compare "$before" "$work" "$CONTAINERD_NAMESPACE") && break
        [ "$attempt" = 50 ] || sleep 0.1
    done
    rm -f "$before"
    if [ -n "$left" ]; then
        printf '\ndemo: FAILED: left behind:\n%s\n' "$left" >&2
        exit 1
    fi
    if [ "$status" != 0 ]; then
        printf '\ndemo: FAILED\n' >&2
        exit "$status"
    fi
    bold "Cleaned up: no process, mount, cgroup or socket is left. The demo succeeded."
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# step TITLE: says what comes.
step() { bold "== $1"; }

# bounded COMMAND...: with a time limit. ctr hands a SIGTERM on to the container, which need not listen: SIGKILL then.
bounded() { timeout --kill-after 5 60 "$@"; }

# expect CODE COMMAND...: shows the command, runs it with a bound, and compares its exit code. Output is kept in $output.
expect() {
    code=$1
    shift
    printf '$ %s\n' "$*"
    status=0
    bounded "$@" >"$work/output" 2>&1 || status=$?
    output=$(cat "$work/output")
    printf '%s\n(exit code %s)\n' "$output" "$status"
    [ "$status" = "$code" ] || fail "exit code $status, expected $code"
}

# contains TEXT: the last output has it.
contains() { [[ $output == *"$1"* ]] || fail "the output lacks '$1'"; }

run() { echo ctr run --rm --runtime "$runtime" --fifo-dir "$work/f"; }

step "A containerd of the demo's own in $work"
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
    timeout 5 ctr version >"$work/version" 2>/dev/null && break
    kill -0 "$containerd" 2>/dev/null || fail "containerd ended"
    [ "$attempt" = 100 ] && fail "containerd does not answer"
    sleep 0.1
done
containerd --version
[ -z "$(command -v runsc)" ] || runsc --version | sed -n 1p

step "A busybox image, built on this machine"
Tools/build-image.sh "$work/busybox.tar" "$image"
expect 0 ctr images import "$work/busybox.tar"

step "The kernel that the container sees is gVisor's"
# shellcheck disable=SC2046 # a list of words, here and below
if [[ $runtime == *.runsc.* ]]; then
    expect 0 $(run) "$image" kernel dmesg
    contains "Starting gVisor"
else
    expect 0 $(run) "$image" kernel uname -a
fi

step "A command in a pipe, from this side and from within"
printf '$ seq 1 200000 | ctr run ... sh -c "cat | wc -l"\n'
# More than the pipes hold: ctr does not pass on the end of an input that ends before the container has started.
output=$(seq 1 200000 | bounded $(run) "$image" pipe sh -c "cat | wc -l") || fail "exit code $?"
echo "$output"
contains 200000

step "An exit code comes back as it was"
expect 123 $(run) "$image" code sh -c "exit 123"

step "A terminal"
printf '$ ctr run --tty ... sh     (typed: test -t 0, a sum, exit 7)\n'
status=0
printf 'test -t 0 && echo "a ter"minal\necho sum $((40 + 2))\nexit 7\n' |
    bounded script --quiet --return --command "$(run) --tty $image terminal sh" /dev/null >"$work/output" 2>&1 || status=$?
output=$(cat "$work/output")
echo "$output"
contains "sum 42"
contains "a terminal"
[ "$status" = 7 ] || fail "exit code $status, expected 7"

step "A container in the background, and a second process in it"
expect 0 ctr run --detach --runtime "$runtime" --fifo-dir "$work/f" "$image" background sleep 600
expect 0 ctr tasks list
contains RUNNING
expect 5 ctr tasks exec --exec-id second --fifo-dir "$work/f" background sh -c "echo in the same sandbox; ps; exit 5"
contains "sleep 600"

step "A kill"
expect 0 ctr tasks kill --signal SIGKILL background
for attempt in $(seq 100); do
    [[ $(timeout 10 ctr tasks list) == *STOPPED* ]] && break
    [ "$attempt" = 100 ] && fail "the container did not stop"
    sleep 0.1
done
expect 0 ctr tasks delete background
contains 137
expect 0 ctr containers delete background

step "A command that does not exist"
expect 1 $(run) "$image" nothing /no/such/program
contains /no/such/program
