#!/bin/bash
# Tools/fuzz.sh SECONDS [TARGET...]: each parser of what others wrote under libFuzzer and the address sanitizer, for some
# seconds, from the inputs in Tests/Fuzz/Corpus. An input that breaks one is left in build/fuzz, and belongs into the
# corpus with the fix. New inputs are kept in build/fuzz/TARGET, and are where the next run begins.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift

usr=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
FUZZ_DRIVER=$(ls "$usr"/lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-"$(uname -m)".a)
export FUZZ_DRIVER
coverage=edge,inline-8bit-counters,pc-table,trace-cmp
# The C family's flag has no "edge": that is its default.
build=(swift build --scratch-path "${FUZZ_SCRATCH:-.build/fuzz}" --sanitize address --product fuzz -Xswiftc -use-ld=lld
    -Xswiftc "-sanitize-coverage=$coverage"
    -Xcc "-fsanitize-coverage=$coverage" -Xcxx "-fsanitize-coverage=$coverage")
"${build[@]}"
fuzz=$("${build[@]}" --show-bin-path)/fuzz
[ $# -gt 0 ] || mapfile -t targets < <("$fuzz")
[ $# -eq 0 ] || targets=("$@")

failed=0
# libFuzzer reports; the runtime's own report would be of its reader.
export SWIFT_BACKTRACE=enable=no
mkdir -p build/fuzz
for target in "${targets[@]}"; do
    mkdir -p "build/fuzz/$target"
    log=build/fuzz/$target.log
    # -seed: a short run finds the same every time.
    if "$fuzz" "$target" -max_total_time="$seconds" -seed=1 -timeout=5 -rss_limit_mb=2048 -max_len=16384 \
        -print_final_stats=1 "-artifact_prefix=build/fuzz/$target-" \
        "build/fuzz/$target" "Tests/Fuzz/Corpus/$target" >"$log" 2>&1; then
        awk -v target="$target" '/stat::number_of_executed_units/ { runs = $2 }
            match($0, / cov: [0-9]+/) { cov = substr($0, RSTART + 6, RLENGTH - 6) }
            END { printf "fuzz: %-10s %9d inputs, %5d edges: ok\n", target, runs, cov }' "$log"
    else
        echo "fuzz: $target:"
        tail -n 40 "$log" | sed 's/^/  /'
        failed=1
    fi
done
exit $failed
