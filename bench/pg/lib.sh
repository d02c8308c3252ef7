# What the side-by-side runs share: a PostgreSQL, with PgBouncer and Sluice in front of it. Sourced by
# run.sh and memory.sh, which set before they call anything here:
#   server   an installed PostgreSQL's major version, embedded, or empty: the newest installed, else embedded
#   pool     server connections of a pooler
#   most     clients that there are at once
# The functions that start something set target_port and target_pid of it, and add to versions.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$(dirname "$here")/lib.sh"

port=${SLUICE_BENCH_PORT:-16432}

# Looks for the programs named and for a PostgreSQL, builds Sluice, and sees to it that whatever is
# started ends with the script.
prepare() {
    local newest_bin tool
    newest_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t / -k 5 -n | tail -n 1 || true)
    if [ -n "$newest_bin" ]; then
        PATH=$newest_bin:$PATH
    fi
    for tool in "$@"; do
        command -v "$tool" >/dev/null || sluice_fail "$tool is missing: apt install postgresql-client postgresql openssl curl."
    done
    need_ports "$port" $((port + 1)) $((port + 2))
    if [ -z "$server" ]; then
        server=embedded
        if [ -n "$newest_bin" ] && [ -x "$newest_bin/initdb" ]; then
            server=$(basename "$(dirname "$newest_bin")")
        fi
    fi
    begin
}

# Waits until the port $1 lets bench in.
await_login() {
    local attempt
    for attempt in $(seq 100); do
        if psql -qAtX "$(address "$1")" -c 'select 1' >/dev/null 2>"$work/login.err"; then
            return
        fi
        sleep 0.2
    done
    sluice_fail "nobody could log in at port $1 within 20 s: $(cat "$work/login.err")"
}

address() {
    echo "host=127.0.0.1 port=$1 user=bench password=bench dbname=bench connect_timeout=30"
}

# Starts the server with $1 connections at most, and creates user and database bench.
start_server() {
    local uri
    "$JAVA_HOME/bin/java" -Xmx64m -XX:+UseSerialGC -cp "$root/packaging/target/sluice/lib/*:$root/packaging/target/demo/lib/*" \
        io.sluice.testbed.PostgresMain "$server" "max_connections=$1" shared_buffers=512MB \
        >"$work/server.out" 2>"$work/server.err" &
    pids+=("$!")
    await_line "$work/server.out" "$!" || sluice_fail "PostgreSQL did not start: $(cat "$work/server.err")"
    read -r uri _ <"$work/server.out"
    server_port=${uri##*:}
    server_port=${server_port%%/*}
    target_port[direct]=$server_port
    psql -qX "$uri" -c "create role bench login password 'bench'" -c 'create database bench owner bench'
    versions="PostgreSQL $(psql -qAtX "$uri" -c 'show server_version' | cut -d ' ' -f 1) ($server)"
}

# Starts PgBouncer; lines of its configuration may be given on top of those here.
start_pgbouncer() {
    local program unprivileged=()
    program=$("$here/pgbouncer.sh")
    cat >"$work/pgbouncer.ini" <<INI
[databases]
bench = host=127.0.0.1 port=$server_port dbname=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = trust
auth_file = $work/userlist.txt
pool_mode = transaction
default_pool_size = $pool
max_client_conn = $((most + 50))
max_prepared_statements = 200
log_connections = 0
log_disconnections = 0
INI
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$work/pgbouncer.ini"
    echo '"bench" "bench"' >"$work/userlist.txt"
    if [ "$(id -u)" -eq 0 ]; then
        unprivileged=(unshare --user) # it refuses to be root, even a root who is nobody elsewhere
    fi
    "${unprivileged[@]+"${unprivileged[@]}"}" "$program" -q "$work/pgbouncer.ini" >"$work/pgbouncer.log" 2>&1 &
    pids+=("$!")
    target_pid[pgbouncer]=$!
    target_port[pgbouncer]=$port
    versions="$versions, $("$program" --version | head -n 1)"
}

# Starts a Sluice as it is shipped, as target $1 at port $2 (and HTTP at the next), with the JVM options $3
# on top of its own; further arguments are lines of its configuration on top of those here.
start_sluice() {
    local name=$1 at=$2 options=$3
    shift 3
    sed -e "s/@PORT@/$at/g" -e "s/@HTTP_PORT@/$((at + 1))/g" -e "s/@SERVER_PORT@/$server_port/g" \
        -e "s/@POOL@/$pool/g" -e "s/@CLIENTS@/$((most + 50))/g" "$here/sluice.conf.in" >"$work/$name.conf"
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$work/$name.conf"
    start_sluice_with "$name" "$at" "$work/$name.conf" "$options"
}

