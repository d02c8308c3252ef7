# What all side-by-side runs share. Sourced by the lib.sh of each protocol, from which here is the folder.

root=$(dirname "$(dirname "$here")")
. "$root/bin/jdk.sh"
. "$root/bin/build.sh"

declare -A target_port=() target_pid=()
versions=
ticks=$(getconf CLK_TCK)

# Prints the comment at the top of the script that was called, and ends it.
usage() {
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}

say() {
    echo "$(date +%H:%M:%S) $*" >&2
}

# Fails if one of the ports named is taken; $SLUICE_BENCH_PORT says from where on others are.
need_ports() {
    local taken
    for taken in "$@"; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then
            sluice_fail "port $taken is taken: set SLUICE_BENCH_PORT to the first of several that are free."
        fi
    done
}

# Builds Sluice, makes the folder $work, and sees to it that whatever is started ends with the script.
begin() {
    # A thousand clients are two thousand sockets in a proxy.
    ulimit -n "$(ulimit -H -n)"
    sluice_find_java jdk
    sluice_build "$root"
    work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-bench-XXXXXX")
    pids=()
    trap finish EXIT
    trap 'exit 130' INT TERM
}

# Ends what this script started, and only that.
finish() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in "${pids[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}

# Waits until the file $1 has a line, for as long as the process $2 lives.
await_line() {
    until [ -s "$1" ]; do
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.1
    done
}

# Starts a Sluice as it is shipped, as target $1 at port $2, with the configuration $3 and the JVM options $4
# on top of its own.
start_sluice_with() {
    SLUICE_JAVA_OPTS="${SLUICE_JAVA_OPTS:-} $4" "$root/bin/sluice" run -c "$3" >"$work/$1.log" 2>&1 &
    pids+=("$!")
    target_pid[$1]=$!
    target_port[$1]=$2
    case $versions in
        *Sluice*) ;;
        *) versions="$versions, Sluice on Java $("$JAVA_HOME/bin/java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')" ;;
    esac
}

# Ends the proxy $1, if it is one, and waits for it.
stop() {
    [ -n "${target_pid[$1]:-}" ] || return 0
    kill "${target_pid[$1]}" 2>/dev/null || true
    wait "${target_pid[$1]}" 2>/dev/null || true
}

# User and system CPU of the process $1 so far, in clock ticks; the name before them may hold blanks.
cpu() {
    sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 12,13
}

# The median of each column of the lines on stdin; - stays -.
medians() {
    awk '{ for (i = 1; i <= NF; i++) v[i, NR] = $i; columns = NF }
         END { for (i = 1; i <= columns; i++) {
                   if (v[i, 1] == "-") { printf "- "; continue }
                   for (a = 1; a <= NR; a++) for (b = a + 1; b <= NR; b++)
                       if (v[i, b] + 0 < v[i, a] + 0) { t = v[i, a]; v[i, a] = v[i, b]; v[i, b] = t }
                   printf "%s ", v[i, int((NR + 1) / 2)] } print "" }'
}

# What it was measured on, in two sentences.
circumstances() {
    echo "Machine: $(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GB," \
        "Linux $(uname -r), load $(cut -d ' ' -f 1 /proc/loadavg) at the end. $versions." \
        "Commit $(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown), $(date -u +%F)."
}
