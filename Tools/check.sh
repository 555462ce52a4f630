#!/bin/bash
# What can be checked without running anything: format, file sizes, imports, documentation, scripts, links, generated code.
# Shows every finding, then fails if there was one.
set -u
cd "$(dirname "$0")/.."
failed=0

# report TITLE: shows the lines on stdin as findings under a title; none is good.
report() {
    findings=$(cat)
    if [ -z "$findings" ]; then
        echo "check: $1: ok"
    else
        echo "check: $1:"
        while IFS= read -r line; do echo "  $line"; done <<<"$findings"
        failed=1
    fi
}

# files GLOB...: the files of the tree, tracked or new, not the ignored ones.
files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ -e "$f" ] && echo "$f"; done; }

files '*.swift' | xargs swift format lint --strict --parallel 2>&1 | report "format"

files '*.swift' '*.c' '*.h' | grep -v '^Sources/CProto/' | while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 300 ] || echo "$file: $lines lines, at most 300"
done | report "file sizes"

# The kernel is reached through Sys, a library through the one target for it; the shim has nothing of Foundation.
importers() {
    files 'Sources/*.swift' | grep -v "^Sources/$1/" |
        xargs grep -nE "^ *(@[A-Za-z_()]+ +)*((package|public|internal|private) +)?import +([a-z]+ +)?($2)(\.|\$| )" /dev/null
}
{
    importers Sys 'Glibc|CSys|Musl'
    importers Messages 'CProto'
    importers OCI 'CJSON'
    importers TOML 'CTOML'
    importers none 'Foundation[A-Za-z]*|NIO[A-Za-z]*'
} | report "imports"

# What another target can see of the runtime says what it means. What a protocol asks for is documented there.
# shellcheck disable=SC2046 # no name has a blank
awk '
    FNR == 1 { inside = 0; previous = "" }
    { line = $0; sub(/^ +/, "", line) }
    pass == 1 {
        if (line ~ /^(package )?protocol /) inside = 1
        else if ($0 ~ /^}/) inside = 0
        else if (inside && match(line, /^(mutating |static )*(func|var) [A-Za-z0-9_]+/)) {
            name = substr(line, RSTART, RLENGTH); sub(/.* /, "", name); asked[name] = 1
        }
        next
    }
    line ~ /^@/ && line !~ /package / { next }
    line ~ /^(@[A-Za-z]+(\([^)]*\))? )*package / && line !~ /package (import|extension) / && previous !~ /^\/\/\// {
        match(line, /(func|var|let|class|struct|enum|protocol|typealias) [^ (:<={]+|init|subscript/)
        name = substr(line, RSTART, RLENGTH); sub(/.* /, "", name)
        if (!(name in asked) && name !~ /^(description|==|rawValue)$/) print FILENAME ":" FNR ": " line
    }
    { previous = line }
' pass=1 $(files 'Sources/Runtime/*.swift') pass=2 $(files 'Sources/Runtime/*.swift') | report "documentation"

files '*.sh' .ci/run | while read -r file; do bash -n "$file" 2>&1; done | report "scripts"

# Relative links of the documents lead somewhere.
files '*.md' | while read -r file; do
    grep -oE '\]\([^)#]+' "$file" | cut -c3- | grep -v '://' | while read -r link; do
        [ -e "$(dirname "$file")/$link" ] || echo "$file: no $link"
    done
done | report "links"

{ Tools/generate-proto.sh --check >/tmp/check-proto.$$ 2>&1 || cat /tmp/check-proto.$$; } | report "generated code"
rm -f /tmp/check-proto.$$

exit $failed
