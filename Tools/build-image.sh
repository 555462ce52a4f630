#!/bin/sh
# Builds a busybox image as an OCI archive from the machine's static busybox: no registry, no network.
#
#   Tools/build-image.sh OUTPUT.tar [NAME [COMMAND...]]
#
# The archive is what `ctr images import` takes. Same busybox in, same bytes out, so that tests may cache it.
set -eu

output=${1:?usage: build-image.sh OUTPUT.tar [NAME [COMMAND...]]}
name=${2:-localhost/busybox:latest}
if [ $# -gt 2 ]; then shift 2; else set -- sh; fi
# The words of the command as the elements of a JSON array.
command=$(printf '"%s",' "$@")
busybox=${BUSYBOX:-/bin/busybox}
[ -x "$busybox" ] || { echo "build-image: $busybox is missing: run 'make setup'" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
rootfs=$work/rootfs
blobs=$work/image/blobs/sha256
mkdir -p "$blobs"
cd "$work"

# The root filesystem: one binary, its applets as links, and what a libc expects in /etc.
mkdir -p "$rootfs"/bin "$rootfs"/etc "$rootfs"/root "$rootfs"/tmp "$rootfs"/proc "$rootfs"/sys "$rootfs"/dev
cp "$busybox" "$rootfs/bin/busybox"
chmod 0755 "$rootfs/bin/busybox"
for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$rootfs/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$rootfs/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$rootfs/etc/group"
chmod 1777 "$rootfs/tmp"

# archive DIRECTORY FILE: a tar whose bytes depend on nothing but the content.
archive() {
    tar --create --file "$2" --directory "$1" --sort=name --owner=0 --group=0 --numeric-owner \
        --mtime=@0 --format=gnu .
}
digest() { sha256sum "$1" | cut -d' ' -f1; }
# store FILE: moves a file among the blobs and prints its digest.
store() {
    sum=$(digest "$1")
    mv "$1" "$blobs/$sum"
    echo "$sum"
}
size() { stat --format=%s "$blobs/$1"; }

case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) architecture=$(uname -m) ;;
esac

archive "$rootfs" layer.tar
layer=$(store layer.tar)

printf '{"architecture":"%s","os":"linux",' "$architecture" >config.json
printf '"config":{"Env":["PATH=/bin"],"Cmd":[%s]},' "${command%,}" >>config.json
printf '"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$layer" >>config.json
config=$(store config.json)

media=application/vnd.oci.image
{
    printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json",' "$media"
    printf '"config":{"mediaType":"%s.config.v1+json","digest":"sha256:%s","size":%s},' \
        "$media" "$config" "$(size "$config")"
    printf '"layers":[{"mediaType":"%s.layer.v1.tar","digest":"sha256:%s","size":%s}]}' \
        "$media" "$layer" "$(size "$layer")"
} >manifest.json
manifest=$(store manifest.json)

{
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s.manifest.v1+json",' "$media"
    printf '"digest":"sha256:%s","size":%s,"platform":{"architecture":"%s","os":"linux"},' \
        "$manifest" "$(size "$manifest")" "$architecture"
    printf '"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"}}]}' \
        "$name" "${name##*:}"
} >image/index.json
printf '{"imageLayoutVersion":"1.0.0"}' >image/oci-layout

cd "$OLDPWD"
mkdir -p "$(dirname "$output")"
archive "$work/image" "$output.tmp"
mv "$output.tmp" "$output"
