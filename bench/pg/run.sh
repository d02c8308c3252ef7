#!/usr/bin/env bash
# Compares PostgreSQL directly, PgBouncer and Sluice side by side, in turn in one run, by pgbench -S; prints
# a table in Markdown. CPU is that of the pooler's process, from one second after all clients have logged in
# to the end. Every figure is the median of the repetitions.
#
#   --only direct,pgbouncer,sluice   what to measure
#   --clients 1,16,64,500,1000       numbers of clients
#   --modes simple,prepared          pgbench's query modes (also: extended)
#   --duration 5                     seconds that each measurement takes
#   --repetitions 9                  short and many, in turn: how many queries a pooler finds each time it wakes changes from one
#                                    run to the next, and with it the CPU of each query by half as much again, for any pooler
#   --warmup 10                      seconds, thrice for each pooler and mode, and once more for each number of
#                                    clients: after logins, and with other batches, the JVM compiles code anew
#   --pool 20                        server connections of a pooler
#   --scale 10                       of pgbench's tables
#   --server 15|embedded             an installed PostgreSQL, or the embedded package's
#                                    (default: the newest installed, else embedded)
#   --variant NAME='JVM OPTIONS'     measures one more Sluice, called so, with these options (any number of times)
#   --out FILE                       writes the table there too
#
# Ports are those from $SLUICE_BENCH_PORT (default 16432) on: three, and two more for each variant.
set -euo pipefail

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

only=direct,pgbouncer,sluice clients=1,16,64,500,1000 modes=simple,prepared
duration=5 repetitions=9 warmup=10 pool=20 scale=10 server= out=
declare -A variants=()
variant_names=()
while [ $# -gt 0 ]; do
    case $1 in
        --only | --clients | --modes | --duration | --repetitions | --warmup | --pool | --scale | --server | --out)
            [ $# -ge 2 ] || sluice_fail "$1 needs a value."
            printf -v "${1#--}" %s "$2"
            shift 2
            ;;
        --variant)
            [[ ${2:-} =~ ^([a-z0-9-]+)=(.*)$ ]] || sluice_fail "--variant needs a NAME='JVM OPTIONS', the name in small letters."
            variant_names+=("${BASH_REMATCH[1]}")
            variants[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
            shift 2
            ;;
        *) usage ;;
    esac
done
[ "$duration" -ge 3 ] || sluice_fail "--duration must be at least 3 seconds."

IFS=, read -r -a targets <<<"$only"
IFS=, read -r -a client_counts <<<"$clients"
IFS=, read -r -a query_modes <<<"$modes"

# ---- server and poolers --------------------------------------------------------------------------------

most=$(printf '%s\n' "${client_counts[@]}" | sort -n | tail -n 1)
prepare psql pgbench
start_server $((most + 50))
pgbench -q -i -s "$scale" "$(address "$server_port")" 2>"$work/init.err" || sluice_fail "$(cat "$work/init.err")"
psql -qX "$(address "$server_port")" -c 'vacuum analyze' -c 'checkpoint' 2>/dev/null || true
versions="$versions, $(pgbench --version | sed 's/ (PostgreSQL)//; s/ (Debian.*//')"

for target in "${targets[@]}"; do
    case $target in
        direct) ;;
        pgbouncer) start_pgbouncer ;;
        sluice) start_sluice sluice $((port + 1)) '' ;;
        *) sluice_fail "--only knows direct, pgbouncer and sluice, not $target." ;;
    esac
    await_login "${target_port[$target]}"
done
for i in "${!variant_names[@]}"; do
    target=${variant_names[$i]}
    start_sluice "$target" $((port + 3 + 2 * i)) "${variants[$target]}"
    await_login "${target_port[$target]}"
    targets+=("$target")
done

# ---- measuring -----------------------------------------------------------------------------------------

# One measurement of target $1 in mode $2 with $3 clients for $4 seconds. Prints: transactions per second, latency
# in µs at 50, 95, 99 and 99.9 %, CPU µs per transaction in user mode, system mode and both, RSS in MB (- where there is no pooler).
measure() {
    local target=$1 mode=$2 count=$3 pid=${target_pid[$1]:-} threads line started='' ended='' transactions rss=-
    # pgbench's time includes that of its logins: by SCRAM some 16 ms each at the server, one or two at the poolers.
    local seconds=$(($4 + count / 200))
    [ "$target" != direct ] || seconds=$(($4 + count / 40))
    threads=$(nproc)
    [ "$threads" -le "$count" ] || threads=$count
    rm -f "$work"/latency*
    : >"$work/progress" >"$work/pgbench.err"
    while read -r line; do
        case $line in
            progress:*)
                echo "$line" >>"$work/progress"
                if [ -n "$pid" ]; then
                    ended=$(cpu "$pid")
                    started=${started:-$ended}
                    rss=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$pid/status")
                fi
                ;;
            *) echo "$line" >>"$work/pgbench.err" ;;
        esac
    done < <(pgbench -S -n -M "$mode" -c "$count" -j "$threads" -T "$seconds" -P 1 --log --log-prefix="$work/latency" \
        --sampling-rate=0.1 "$(address "${target_port[$target]}")" 2>&1 >"$work/pgbench.out")
    grep -q '^tps = ' "$work/pgbench.out" ||
        sluice_fail "pgbench failed against $target with $count clients: $(tail -n 3 "$work/pgbench.err" "$work/pgbench.out")"
    local failed
    failed=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' "$work/pgbench.out")
    [ "${failed:-0}" -eq 0 ] || sluice_fail "$failed transactions failed against $target with $count clients."

    # progress: 2.0 s, 24511.2 tps, lat … — the first line starts the count, so its second is not in it.
    transactions=$(awk '{ if (NR > 1) sum += $4 * ($2 - last); last = $2 } END { printf "%.0f", sum }' "$work/progress")
    local tps
    tps=$(awk '{ if (NR == 1) first = $2; else sum += $4 * ($2 - last); last = $2 } END { printf "%.0f", sum / (last - first) }' "$work/progress")
    local percentiles
    percentiles=$(cat "$work"/latency* | cut -d ' ' -f 3 | sort -n |
        awk '{ v[NR] = $1 } function at(q,  i) { i = int(NR * q); return v[i < 1 ? 1 : i] }
             END { print at(0.5), at(0.95), at(0.99), at(0.999) }')
    local user=- system=- total=-
    if [ -n "$pid" ]; then
        read -r user system < <(echo "$started $ended $transactions $ticks" |
            awk '{ us = 1000000 / $6 / $5; printf "%.2f %.2f\n", ($3 - $1) * us, ($4 - $2) * us }')
        total=$(awk -v u="$user" -v s="$system" 'BEGIN { printf "%.2f", u + s }')
    fi
    echo "$tps $percentiles $user $system $total $rss"
}

mkdir "$work/results"
for mode in "${query_modes[@]}"; do
    for target in "${targets[@]}"; do
        if [ "$warmup" -ge 3 ]; then
            say "warming up: $target, $mode"
            for round in 1 2 3; do
                measure "$target" "$mode" $((most < 64 ? most : 64)) "$warmup" >/dev/null
            done
        fi
    done
    for count in "${client_counts[@]}"; do
        for target in "${targets[@]}"; do
            if [ "$warmup" -ge 3 ] && [ "$target" != direct ]; then
                measure "$target" "$mode" "$count" "$warmup" >/dev/null
            fi
        done
        for repetition in $(seq "$repetitions"); do
            # Each repetition begins with another target, so that none always runs on a machine just rested.
            for i in "${!targets[@]}"; do
                target=${targets[$(((i + repetition - 1) % ${#targets[@]}))]}
                figures=$(measure "$target" "$mode" "$count" "$duration")
                say "$mode, $count clients, $repetition/$repetitions, $target: $figures"
                echo "$figures" >>"$work/results/$mode-$count-$target"
            done
        done
    done
done

# ---- the table -----------------------------------------------------------------------------------------

table() {
    local mode count target reference row cpu_sum ratio
    echo "pgbench -S, scale $scale, pool of $pool, transaction mode; ${duration} s each, median of $repetitions."
    echo
    circumstances
    echo
    for target in "${variant_names[@]}"; do
        echo "- $target: \`${variants[$target]}\`"
    done
    echo
    echo '| mode | clients | target | tps | p50 µs | p95 µs | p99 µs | p99.9 µs | CPU µs/query (user + sys) | CPU : PgBouncer | RSS MB |'
    echo '|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|'
    for mode in "${query_modes[@]}"; do
        for count in "${client_counts[@]}"; do
            reference=
            if [ -e "$work/results/$mode-$count-pgbouncer" ]; then
                reference=$(medians <"$work/results/$mode-$count-pgbouncer" | awk '{ print $8 }')
            fi
            for target in "${targets[@]}"; do
                read -r -a row < <(medians <"$work/results/$mode-$count-$target")
                cpu_sum=– ratio=–
                if [ "${row[5]}" != - ]; then
                    cpu_sum="${row[7]} (${row[5]} + ${row[6]})"
                    if [ -n "$reference" ]; then
                        ratio=$(awk -v c="${row[7]}" -v r="$reference" 'BEGIN { if (r > 0) printf "%.2f", c / r; else printf "–" }')
                    fi
                fi
                echo "| $mode | $count | $target | ${row[0]} | ${row[1]} | ${row[2]} | ${row[3]} | ${row[4]} | $cpu_sum | $ratio | ${row[8]/#-/–} |"
            done
        done
    done
    echo
    gate
}

# CPU per query at 64 and more clients, simple protocol, against PgBouncer's beside it: at most 1.0 times.
gate() {
    local count
    for count in "${client_counts[@]}"; do
        if [ "$count" -ge 64 ] && [ -e "$work/results/simple-$count-pgbouncer" ] && [ -e "$work/results/simple-$count-sluice" ]; then
            echo "$(medians <"$work/results/simple-$count-sluice") $(medians <"$work/results/simple-$count-pgbouncer")" |
                awk -v n="$count" '{ r = $8 / $17; printf "Gate, CPU per query at most 1.0 × PgBouncer, %d clients: %.2f, %s.\n", n, r, r <= 1 ? "met" : "MISSED" }'
        fi
    done
}

table | if [ -n "$out" ]; then tee "$out"; else cat; fi
