#!/bin/sh
# Installs what building, testing and the demo need on a Debian 12 machine that has the Swift toolchain.
#
#   Tools/setup.sh          everything that is missing; does nothing, and needs no network, when all is there
#   Tools/setup.sh --check  only says what is missing, and fails when something is
#
# Packages come from the machine's own apt sources. Releases that Debian 12 does not carry (a newer runsc) are
# downloaded from another suite of the same archive and unpacked under OPT, beside the system's: the system's
# package lists, its sources and its installed packages stay as they are.
set -eu

OPT=${OPT:-/opt/containerd-shim-runsc}

# The programs and libraries of Debian 12 itself. gcc and libc6-dev come with the Swift toolchain's own needs.
packages="busybox-static containerd containernetworking-plugins dbus-daemon erofs-utils iproute2 iptables libcap-dev
    libprotobuf-c-dev libtomlplusplus-dev make procps protobuf-c-compiler protobuf-compiler python3-venv rapidjson-dev
    runc runsc systemd"

# The releases unpacked beside the system's, one per line: SUITE PACKAGE DIRECTORY BINARY
releases="bookworm-backports runsc $OPT/runsc-20240729 usr/bin/runsc
trixie containerd $OPT/containerd-1.7 usr/bin/containerd
sid containerd $OPT/containerd-2.1 usr/bin/containerd"

# What the client of the CRI tests is written with: Python's gRPC, in an environment of its own.
venv=$OPT/venv
modules="grpcio grpcio-tools"

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

# missing_packages: those of $packages that dpkg does not have, one per line.
missing_packages() {
    for package in $packages; do
        status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) || status=none
        [ "$status" = installed ] || echo "$package"
    done
}

# missing_releases: those lines of $releases whose binary is not there.
missing_releases() {
    echo "$releases" | while read -r suite package directory binary; do
        [ -x "$directory/$binary" ] || echo "$suite $package $directory $binary"
    done
}

# install_packages PACKAGE...: from the system's sources, without recommendations and without starting a service:
# a containerd that setup brought must not run unless its owner wants it to.
install_packages() {
    say "installing: $*"
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        # shellcheck disable=SC2064 # the path is known now
        trap "rm -f $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 0755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    # The lists of a fresh image are empty or old: one update, when the first attempt fails.
    apt-get install --yes --no-install-recommends "$@" || {
        apt-get update
        apt-get install --yes --no-install-recommends "$@"
    }
}

# archive_sources SUITE: the machine's own entry for the Debian archive, with SUITE in place of its suite, in deb822
# form. Reads both forms that apt knows; takes the first entry of the archive proper (not security, not a vendor's).
archive_sources() {
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] || continue
        awk -v codename="$codename" -v suite="$1" '
            BEGIN { RS = ""; FS = "\n" }
            {
                uri = suites = components = enabled = out = ""
                for (i = 1; i <= NF; i++) {
                    if ($i ~ /^#/) continue
                    key = tolower($i); sub(/:.*/, "", key)
                    value = $i; sub(/^[^:]*:[ \t]*/, "", value)
                    if (key == "uris") uri = value
                    if (key == "suites") { suites = " " value " "; $i = "Suites: " suite }
                    if (key == "components") { components = " " value " "; $i = "Components: main" }
                    if (key == "enabled") enabled = value
                    out = out $i "\n"
                }
                if (uri ~ /\/debian\/?$/ && index(suites, " " codename " ") && index(components, " main ") \
                    && enabled != "no") { print out; exit }
            }' "$file"
    done >"$work/found"
    [ -s "$work/found" ] || cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        awk -v codename="$codename" -v suite="$1" '
            $1 == "deb" {
                options = ""; rest = $0; sub(/^deb[ \t]+/, "", rest)
                if (match(rest, /^\[[^]]*\][ \t]*/)) {
                    options = substr(rest, 2, index(rest, "]") - 2)
                    rest = substr(rest, RLENGTH + 1)
                }
                n = split(rest, field, /[ \t]+/)
                if (field[1] !~ /\/debian\/?$/ || field[2] != codename) next
                for (i = 3; i <= n; i++) if (field[i] == "main") {
                    print "Types: deb\nURIs: " field[1] "\nSuites: " suite "\nComponents: main"
                    if (match(options, /signed-by=[^ ]*/))
                        print "Signed-By: " substr(options, RSTART + 10, RLENGTH - 10)
                    exit
                }
            }' >"$work/found"
    [ -s "$work/found" ] || die "no apt source of this machine names the Debian archive for $codename"
    # One stanza, however many files matched.
    awk 'BEGIN { RS = "" } NR == 1' "$work/found"
}

# unpack SUITE PACKAGE DIRECTORY: the package of that suite, unpacked, not installed, into DIRECTORY.
unpack() {
    say "unpacking $2 of $1 into $3"
    work=$(mktemp -d)
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/download"
    archive_sources "$1" >"$work/$1.sources"
    private_apt() {
        (cd "$work/download" && apt-get \
            -o Dir::Etc::SourceList="$work/$suite.sources" -o Dir::Etc::SourceParts=/dev/null \
            -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
            -o Acquire::Languages=none -o APT::Sandbox::User=root -o Acquire::Retries=3 -q "$@")
    }
    suite=$1
    private_apt update
    private_apt download "$2"
    mkdir -p "$(dirname "$3")"
    # Into place by rename, so that an interrupted run leaves no half-unpacked release that looks complete.
    rm -rf "$3.partial" "$3"
    dpkg --extract "$work"/download/*.deb "$3.partial"
    mv "$3.partial" "$3"
    rm -rf "$work"
}

# missing_modules: those of $modules that the Python environment does not have.
missing_modules() {
    for module in $modules; do
        [ -n "$(find "$venv/lib" -maxdepth 4 -iname "$(echo "$module" | tr - _)-*.dist-info" 2>/dev/null)" ] || echo "$module"
    done
}

absent=$(missing_packages | tr '\n' ' ')
lacking=$(missing_releases)
unmet=$(missing_modules | tr '\n' ' ')
if [ "${1:-}" = --check ]; then
    [ -z "$absent$lacking$unmet" ] && exit 0
    die "missing: $absent$lacking $unmet: run 'make setup' as root"
fi

command -v swift >/dev/null || die "the Swift toolchain is not in PATH: install it first"
[ -z "$absent$lacking$unmet" ] && { say "nothing to do"; exit 0; }
[ "$(id -u)" = 0 ] || die "must be root to install: $absent$lacking $unmet"
# shellcheck disable=SC2086 # a list of words
[ -z "$absent" ] || install_packages $absent
[ -z "$lacking" ] || echo "$lacking" | while read -r suite package directory binary; do
    unpack "$suite" "$package" "$directory" </dev/null
    [ -x "$directory/$binary" ] || die "$directory/$binary is missing after unpacking $package"
done
# shellcheck disable=SC2086 # a list of words
[ -z "$unmet" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet $modules; }
say "done"
