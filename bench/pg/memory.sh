#!/usr/bin/env bash
# Measures the memory of Sluice as it is shipped (config/jvm.options), with PgBouncer beside it: what idle
# clients take, and what large results and COPYs take while they pass. Prints tables in Markdown.
#
#   --parts idle,large         what to measure
#   --only direct,pgbouncer,sluice
#   --clients 10000            idle clients; each takes a file descriptor here and one in the pooler
#   --ways simple,prepared,tls what each client does before it is idle: a query, a named statement that
#                              it keeps, a query over TLS
#   --megabytes 1000           of 1,000,000 bytes, of each large transfer; the longest field that a
#                              PostgreSQL sends is of 1073 of them
#   --pool 20                  server connections of a pooler
#   --server 15|embedded       an installed PostgreSQL, or the embedded package's
#                              (default: the newest installed, else embedded)
#   --out FILE                 writes the tables there too
#
# Ports are those from $SLUICE_BENCH_PORT (default 16432) to the second after it.
set -euo pipefail

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$(dirname "$here")/classes.sh"

parts=idle,large only=direct,pgbouncer,sluice clients=10000 ways=simple,prepared,tls megabytes=1000 pool=20 server= out=
while [ $# -gt 0 ]; do
    case $1 in
        --parts | --only | --clients | --ways | --megabytes | --pool | --server | --out)
            [ $# -ge 2 ] || sluice_fail "$1 needs a value."
            printf -v "${1#--}" %s "$2"
            shift 2
            ;;
        *) usage ;;
    esac
done
IFS=, read -r -a parts_asked <<<"$parts"
IFS=, read -r -a targets <<<"$only"
IFS=, read -r -a ways_asked <<<"$ways"

most=$clients
prepare psql openssl curl
bench_classes "$root"
start_server $((pool + 20))
psql -qX "$(address "$server_port")" -c 'create unlogged table bench_copy (t text)'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -keyout "$work/key.pem" -out "$work/certificate.pem" 2>"$work/openssl.err" || sluice_fail "$(cat "$work/openssl.err")"
# PgBouncer may run as nobody.
chmod 755 "$work" && chmod 644 "$work/key.pem"

# Runs a program of the benchmarks' own; in a subshell only, whose place it takes.
bench() {
    exec "$JAVA_HOME/bin/java" -Xmx4g -XX:+UseSerialGC -cp "$bench_classpath" "$@"
}

# Starts the target $1, unless it is the server itself.
declare -A named=()
start_again() {
    local said=$versions
    case $1 in
        direct) return ;;
        pgbouncer)
            start_pgbouncer client_tls_sslmode=allow "client_tls_key_file=$work/key.pem" \
                "client_tls_cert_file=$work/certificate.pem"
            ;;
        sluice)
            start_sluice sluice $((port + 1)) '' \
                "sluice.tls { mode = prefer, certificate = \"$work/certificate.pem\", key = \"$work/key.pem\" }"
            ;;
    esac
    if [ -n "${named[$1]:-}" ]; then
        versions=$said
    fi
    named[$1]=yes
    await_login "${target_port[$1]}"
}
# ---- idle clients --------------------------------------------------------------------------------------

# Resident memory of the process $1 in bytes, $2 being VmRSS or the most so far, VmHWM.
resident() {
    awk -v field="$2:" '$1 == field { print $2 * 1024 }' "/proc/$1/status"
}

# Collects what is garbage in the JVM $1 and writes the classes of what lives to the file $2.
histogram() {
    "$JAVA_HOME/bin/jcmd" "$1" GC.class_histogram >"$2"
}

# Bytes of what lives by the histogram $1. Filler is what the collector left unmoved: nobody's, and free.
live() {
    awk '$1 == "Total" { all = $3 } $4 ~ /Filler/ { free += $3 } END { print all - free }' "$1"
}

each() {
    awk -v a="$1" -v b="$2" -v n="$clients" 'BEGIN { printf "%.0f", (b - a) / n }'
}

# One row of the table: the target $1, its clients having done $2.
measure_idle() {
    local target=$1 way=$2 pid before after heap=– opener
    start_again "$target"
    pid=${target_pid[$target]}
    if [ "$target" = sluice ]; then
        histogram "$pid" "$work/before-$way"
    fi
    before=$(resident "$pid" VmRSS)
    mkfifo "$work/stay"
    : >"$work/opener.out"
    bench io.sluice.bench.IdleClients "${target_port[$target]}" "$clients" "$way" \
        <"$work/stay" >"$work/opener.out" 2>"$work/opener.err" &
    opener=$!
    pids+=("$opener")
    exec 7>"$work/stay"
    await_line "$work/opener.out" "$opener" || sluice_fail "not all clients were let in by $target: $(cat "$work/opener.err")"
    sleep 5 # what an idle client gives back, it gives back after a second or two
    after=$(resident "$pid" VmRSS)
    if [ "$target" = sluice ]; then
        histogram "$pid" "$work/after-$way"
        heap=$(each "$(live "$work/before-$way")" "$(live "$work/after-$way")")
    fi
    echo "| $target | $way | $heap | $(each "$before" "$after") | $(mega "$after") |" >>"$work/idle"
    say "$clients idle clients of $target, $way: heap $heap, RSS $(each "$before" "$after") bytes each"
    exec 7>&-
    wait "$opener" || true
    rm "$work/stay"
    stop "$target"
}

mega() {
    awk -v b="$1" 'BEGIN { printf "%.1f", b / 1000000 }'
}

# The classes that there are more of with the clients, by the bytes that they add to each.
classes() {
    awk -v n="$clients" '
        $1 ~ /^[0-9]+:$/ && NR == FNR { bytes[$4] -= $3; count[$4] -= $2 }
        $1 ~ /^[0-9]+:$/ && NR != FNR { bytes[$4] += $3; count[$4] += $2 }
        END { for (c in bytes) if (bytes[c] >= 4 * n && c !~ /Filler/) printf "| `%s` | %.2f | %.1f |\n", c, count[c] / n, bytes[c] / n }' \
        "$work/before-$1" "$work/after-$1" | sort -t '|' -k 4 -n -r
}

idle() {
    local target way
    for way in "${ways_asked[@]}"; do
        for target in "${targets[@]}"; do
            if [ "$target" != direct ]; then
                measure_idle "$target" "$way"
            fi
        done
    done
}

# ---- large transfers -----------------------------------------------------------------------------------

# Notes once in a while what the metrics of Sluice say of heap and direct memory, in bytes.
watch_sluice() {
    while curl -fsS "http://127.0.0.1:$((port + 2))/metrics" 2>/dev/null; do
        sleep 0.25
    done | awk '/^jvm_memory_used_bytes\{.*area="heap"/ { heap += $NF }
                /^jvm_buffer_memory_used_bytes\{.*id="direct/ { direct = $NF }
                /^# EOF|^jvm_threads_peak/ { if (heap) { print heap, direct; fflush() } heap = 0 }' >"$work/watched"
}

measure_large() {
    local target=$1 what=$2 pid=${target_pid[$1]:-} bytes millis watcher heap=– direct=– rss=–
    if [ "$target" = sluice ]; then
        watch_sluice &
        watcher=$!
    fi
    if [ -n "$pid" ]; then
        echo 5 >"/proc/$pid/clear_refs" 2>/dev/null || true # the most so far begins anew
    fi
    read -r bytes millis < <(bench io.sluice.bench.BigTransfer "${target_port[$target]}" "$megabytes" "$what")
    if [ -n "$pid" ]; then
        rss=$(mega "$(resident "$pid" VmHWM)")
    fi
    if [ "$target" = sluice ]; then
        kill "$watcher" 2>/dev/null || true
        wait "$watcher" 2>/dev/null || true
        read -r heap direct < <(awk '{ if ($1 > h) h = $1; if ($2 > d) d = $2 } END { printf "%.1f %.1f\n", h / 1e6, d / 1e6 }' "$work/watched")
    fi
    echo "| $what | $target | $(awk -v b="$bytes" -v m="$millis" 'BEGIN { printf "%.0f", b / m / 1000 }') | $heap | $direct | $rss |" >>"$work/large"
    say "$what through $target: $bytes bytes in $millis ms, heap $heap, direct $direct, RSS $rss MB at most"
}

large() {
    local target what
    for target in "${targets[@]}"; do
        start_again "$target"
    done
    for what in rows field copy-out copy-in; do
        for target in "${targets[@]}"; do
            measure_large "$target" "$what"
        done
    done
    for target in "${targets[@]}"; do
        stop "$target"
    done
}

# ---- the tables ----------------------------------------------------------------------------------------

# The heap of Sluice's idle clients: at most 2 KB each.
gates() {
    awk -F '[| ]+' '$2 == "sluice" { printf "Gate, heap of an idle client at most 2000 bytes, %s: %d, %s.\n\n", $3, $4, $4 <= 2000 ? "met" : "MISSED" }' "$work/idle"
}

tables() {
    local way
    circumstances
    echo "JVM: $(grep -v -e '^#' -e '^$' "$root/config/jvm.options" | tr '\n' ' ')"
    if [ -e "$work/idle" ]; then
        echo
        echo "$clients clients that have logged in and asked once, then idle; bytes for each."
        echo
        echo '| target | way | heap, live | RSS | RSS of the process, MB |'
        echo '|---|---|---:|---:|---:|'
        cat "$work/idle"
        echo
        gates
        for way in "${ways_asked[@]}"; do
            echo
            echo "What the live heap of an idle client of Sluice is ($way):"
            echo
            echo '| class | of it | bytes |'
            echo '|---|---:|---:|'
            classes "$way"
        done
    fi
    if [ -e "$work/large" ]; then
        echo
        echo "$megabytes MB in one transfer; the most that was seen while it passed."
        echo
        echo '| what | target | MB/s | heap MB | direct MB | RSS MB |'
        echo '|---|---|---:|---:|---:|---:|'
        cat "$work/large"
    fi
}

for target in "${targets[@]}"; do
    case $target in
        direct | pgbouncer | sluice) ;;
        *) sluice_fail "--only knows direct, pgbouncer and sluice, not $target." ;;
    esac
done
for part in "${parts_asked[@]}"; do
    case $part in
        idle | large) "$part" ;;
        *) sluice_fail "--parts knows idle and large, not $part." ;;
    esac
done
tables | if [ -n "$out" ]; then tee "$out"; else cat; fi
