#!/usr/bin/env bash
# Compares Redis directly, twemproxy and Sluice side by side, in turn in one run, by redis-benchmark (SET and
# GET: PING is answered by proxies themselves) and, where it is installed, by memtier; prints a table in
# Markdown. CPU is that of the proxy's process and of Redis' over the whole of each measurement. Every figure
# is the median of the repetitions.
#
#   --only direct,twemproxy,sluice   what to measure
#   --clients 1,50,500,2000          numbers of clients
#   --pipelines 1,16                 commands that a client sends at once
#   --sizes 64,1024                  bytes of a value
#   --threads 1,2                    of redis-benchmark
#   --seconds 3                      that each measurement takes, about
#   --repetitions 5                  short ones, in turn
#   --redis PROGRAM                  the server (default: redis-server)
#   --out FILE                       writes the table there too
#
# Ports are those from $SLUICE_BENCH_PORT (default 17432) on: five.
set -euo pipefail

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

only=direct,twemproxy,sluice clients=1,50,500,2000 pipelines=1,16 sizes=64,1024 threads=1,2
seconds=3 repetitions=5 redis=redis-server out=
while [ $# -gt 0 ]; do
    case $1 in
        --only | --clients | --pipelines | --sizes | --threads | --seconds | --repetitions | --redis | --out)
            [ $# -ge 2 ] || sluice_fail "$1 needs a value."
            printf -v "${1#--}" %s "$2"
            shift 2
            ;;
        *) usage ;;
    esac
done
IFS=, read -r -a targets <<<"$only"
IFS=, read -r -a client_counts <<<"$clients"
IFS=, read -r -a pipeline_depths <<<"$pipelines"
IFS=, read -r -a value_sizes <<<"$sizes"
IFS=, read -r -a thread_counts <<<"$threads"

most=$(printf '%s\n' "${client_counts[@]}" | sort -n | tail -n 1)
prepare "$redis" redis-cli redis-benchmark
start_redis "$redis"
for target in "${targets[@]}"; do
    case $target in
        direct) ;;
        twemproxy) command -v nutcracker >/dev/null || sluice_fail "nutcracker is missing: apt install nutcracker." && start_twemproxy ;;
        sluice) start_sluice ;;
        *) sluice_fail "--only knows direct, twemproxy and sluice, not $target." ;;
    esac
done

# Runs redis-benchmark against target $1 with $2 clients, pipelines of $3, values of $4 bytes, $5 threads and
# $6 commands of each kind. Prints for SET, then GET: commands per second, p50 and p99 in µs.
load() {
    timeout 300 redis-benchmark -p "${target_port[$1]}" -c "$2" -P "$3" -d "$4" --threads "$5" -n "$6" -r 100000 -t set,get --csv 2>"$work/load.err" |
        awk -F '","' 'NR > 1 { gsub(/"/, ""); n = split($0, v, ","); printf "%.0f %.0f %.0f ", v[2], v[5] * 1000, v[7] * 1000 }'
}

# Commands of each kind that take about $seconds, by what target $1 does now in as many others.
volume() {
    local rates
    rates=$(load "$1" "$2" "$3" "$4" "$5" $((2000 + 200 * $3 + 20 * $2)))
    awk -v s="$seconds" '{ n = ($1 + $4) / 2 * s / 2; print int(n < 4000 ? 4000 : n) }' <<<"$rates"
}

# One measurement. Prints: SET per second, p50, p99, GET per second, p50, p99, CPU µs per command of the proxy
# (user, system, both) and of Redis; - where there is no proxy.
measure() {
    local target=$1 count=$6 user=- system=- both=- redis_cpu before='' after='' redis_before redis_after rates
    redis_before=$(cpu "${target_pid[direct]}")
    [ "$target" = direct ] || before=$(cpu "${target_pid[$target]}")
    rates=$(load "$1" "$2" "$3" "$4" "$5" "$count")
    [ "$(wc -w <<<"$rates")" -eq 6 ] || sluice_fail "redis-benchmark failed against $target with $2 clients: $(tail -n 3 "$work/load.err")"
    redis_after=$(cpu "${target_pid[direct]}")
    redis_cpu=$(echo "$redis_before $redis_after $ticks $count" | awk '{ printf "%.2f", ($3 + $4 - $1 - $2) * 1000000 / $5 / (2 * $6) }')
    if [ "$target" != direct ]; then
        after=$(cpu "${target_pid[$target]}")
        read -r user system both < <(echo "$before $after $ticks $count" |
            awk '{ us = 1000000 / $5 / (2 * $6); printf "%.2f %.2f %.2f\n", ($3 - $1) * us, ($4 - $2) * us, ($3 + $4 - $1 - $2) * us }')
    fi
    echo "$rates $user $system $both $redis_cpu"
}

# ---- measuring -----------------------------------------------------------------------------------------

mkdir "$work/results"
for target in "${targets[@]}"; do
    say "warming up: $target"
    for depth in 1 16; do
        load "$target" $((most < 50 ? most : 50)) "$depth" 64 1 $((100000 * depth)) >/dev/null
    done
done
for thread_count in "${thread_counts[@]}"; do
    for size in "${value_sizes[@]}"; do
        for depth in "${pipeline_depths[@]}"; do
            for count in "${client_counts[@]}"; do
                [ "$thread_count" -le "$count" ] || continue
                commands=$(volume "${targets[-1]}" "$count" "$depth" "$size" "$thread_count")
                for repetition in $(seq "$repetitions"); do
                    # Each repetition begins with another target, so that none always runs on a machine just rested.
                    for i in "${!targets[@]}"; do
                        target=${targets[$(((i + repetition - 1) % ${#targets[@]}))]}
                        figures=$(measure "$target" "$count" "$depth" "$size" "$thread_count" "$commands")
                        say "$thread_count threads, $size B, pipeline $depth, $count clients, $repetition/$repetitions, $target: $figures"
                        echo "$figures" >>"$work/results/$thread_count-$size-$depth-$count-$target"
                    done
                done
            done
        done
    done
done

# ---- memory --------------------------------------------------------------------------------------------

# Holds $2 idle clients at port $1 until its input ends; prints a line when all are there.
hold() {
    python3 -c '
import socket, sys
clients = []
for _ in range(int(sys.argv[2])):
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.sendall(b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n")
    client.recv(64)
    clients.append(client)
print("there", flush=True)
sys.stdin.read()
' "$1" "$2"
}

rss() {
    awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$1/status"
}

memory() {
    local target before after
    for target in "${targets[@]}"; do
        [ "$target" != direct ] || continue
        sleep 2
        before=$(rss "${target_pid[$target]}")
        mkfifo "$work/$target.hold"
        hold "${target_port[$target]}" "$most" <"$work/$target.hold" >"$work/$target.there" &
        exec 3>"$work/$target.hold"
        await_line "$work/$target.there" "$!" || sluice_fail "$most idle clients could not connect to $target."
        sleep 2
        after=$(rss "${target_pid[$target]}")
        exec 3>&-
        echo "RSS per idle client of $target (of $most that have sent one GET): $(((after - before) / most)) bytes."
    done
}

# ---- the table -----------------------------------------------------------------------------------------

# Column $2 of the medians of target $1 in the row at hand against twemproxy's.
against() {
    local reference=$work/results/$row_name-twemproxy
    [ -e "$reference" ] || { echo –; return; }
    echo "$(medians <"$work/results/$row_name-$1") $(medians <"$reference")" |
        awk -v c="$2" '{ if ($(c + 10) + 0 > 0) printf "%.2f", $c / $(c + 10); else printf "–" }'
}

table() {
    local thread_count size depth count target row
    echo "redis-benchmark, SET and GET, 100,000 keys; about $seconds s each, median of $repetitions. Ratios are to twemproxy's in the same row."
    echo
    circumstances
    echo
    echo '| threads | bytes | pipeline | clients | target | SET/s | p50 µs | p99 µs | GET/s | p50 µs | p99 µs | CPU µs/command (user + sys) | ratio | Redis CPU µs | ratio |'
    echo '|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
    for thread_count in "${thread_counts[@]}"; do
        for size in "${value_sizes[@]}"; do
            for depth in "${pipeline_depths[@]}"; do
                for count in "${client_counts[@]}"; do
                    row_name=$thread_count-$size-$depth-$count
                    [ -e "$work/results/$row_name-${targets[0]}" ] || continue
                    for target in "${targets[@]}"; do
                        read -r -a row < <(medians <"$work/results/$row_name-$target")
                        echo "| $thread_count | $size | $depth | $count | $target | ${row[0]} | ${row[1]} | ${row[2]} | ${row[3]} | ${row[4]} | ${row[5]} |" \
                            "${row[8]/#-/–} (${row[6]/#-/–} + ${row[7]/#-/–}) | $([ "$target" = direct ] && echo – || against "$target" 9) | ${row[9]} | $(against "$target" 10) |"
                    done
                done
            done
        done
    done
    echo
    memory
}

table | if [ -n "$out" ]; then tee "$out"; else cat; fi
