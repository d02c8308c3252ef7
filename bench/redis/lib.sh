# What the side-by-side runs with Redis share: a Redis, with twemproxy and Sluice in front of it. Sourced by
# scripts that set before they call anything here:
#   most     clients that there are at once
# The functions that start something set target_port and target_pid of it, and add to versions.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$(dirname "$here")/lib.sh"

port=${SLUICE_BENCH_PORT:-17432}

# Looks for the programs named, builds Sluice, and sees to it that whatever is started ends with the script.
prepare() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || sluice_fail "$tool is missing: apt install redis-server redis-tools nutcracker."
    done
    need_ports "$port" $((port + 1)) $((port + 2)) $((port + 3)) $((port + 4))
    begin
}

# Waits until the port $1 answers.
await_redis() {
    local attempt
    for attempt in $(seq 100); do
        if [ "$(timeout 5 redis-cli -p "$1" set sluice:bench 1 2>"$work/login.err")" = OK ]; then
            return
        fi
        sleep 0.2
    done
    sluice_fail "nothing could be set at port $1 within 20 s: $(cat "$work/login.err")"
}

# Starts a Redis that keeps nothing on disk: the program $1, at $port.
start_redis() {
    "$1" --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" \
        --maxclients $((2 * most + 200)) >"$work/redis.log" 2>&1 &
    pids+=("$!")
    target_pid[direct]=$!
    target_port[direct]=$port
    await_redis "$port"
    versions="Redis $(redis-cli -p "$port" info server | sed -n 's/^redis_version:\([0-9.]*\).*/\1/p')"
}

# Starts twemproxy with one server connection, as it comes.
start_twemproxy() {
    cat >"$work/nutcracker.yml" <<YML
bench:
  listen: 127.0.0.1:$((port + 1))
  hash: fnv1a_64
  distribution: ketama
  redis: true
  preconnect: true
  backlog: 4096
  servers:
   - 127.0.0.1:$port:1
YML
    nutcracker -c "$work/nutcracker.yml" -o "$work/nutcracker.log" -s $((port + 4)) >"$work/nutcracker.out" 2>&1 &
    pids+=("$!")
    target_pid[twemproxy]=$!
    target_port[twemproxy]=$((port + 1))
    await_redis $((port + 1))
    versions="$versions, twemproxy $(nutcracker -V 2>&1 | sed -n 's/.*nutcracker-\([0-9.]*\).*/\1/p' | head -n 1)"
}

# Starts a Sluice as it is shipped.
start_sluice() {
    sed -e "s/@PORT@/$((port + 2))/g" -e "s/@HTTP_PORT@/$((port + 3))/g" -e "s/@SERVER_PORT@/$port/g" \
        -e "s/@CLIENTS@/$((most + 50))/g" "$here/sluice.conf.in" >"$work/sluice.conf"
    start_sluice_with sluice $((port + 2)) "$work/sluice.conf" ''
    await_redis $((port + 2))
}
