# Builds the distribution of a source checkout, for bin/sluice, which sources this.

# Whether anything that goes into the distribution is newer than the last build of the checkout $1.
# A folder is newer too when a file in it was added or deleted.
sluice_is_stale() {
    local built=$1/packaging/target/sluice.built
    [ -e "$built" ] && [ -d "$1/packaging/target/sluice/lib" ] && [ -d "$1/packaging/target/demo/lib" ] || return 0
    [ -n "$(find "$1"/pom.xml "$1"/*/pom.xml "$1"/*/src/main "$1"/packaging/src/assembly -newer "$built" -print -quit 2>/dev/null)" ]
}

# Builds the checkout $1 if needed. One build at a time: a second call waits for the first.
sluice_build() {
    local root=$1
    sluice_is_stale "$root" || return 0
    sluice_find_maven
    mkdir -p "$root/packaging/target" 2>/dev/null && [ -w "$root/packaging/target" ] ||
        sluice_fail "$root has to be built, but $(id -un) may not write there: build it as its owner, or use a clone of your own."
    (
        if command -v flock >/dev/null; then
            flock -n 9 || {
                echo "building: waiting for another build of $root that is under way" >&2
                flock 9
            }
        fi
        if sluice_is_stale "$root"; then
            sluice_run_build "$root"
        fi
    ) 9>"$root/packaging/target/build.lock"
}

sluice_run_build() {
    local root=$1 log=$1/packaging/target/build.log started build pid code=0
    started=$(mktemp "$root/packaging/target/.started-XXXXXX")
    rm -rf "$root/packaging/target/sluice" "$root/packaging/target/demo" "$root/packaging/target/sluice.built"
    (
        cd "$root"
        MAVEN_OPTS="${MAVEN_OPTS:-} --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow" \
            exec mvn -B -Dstyle.color=never -Dmaven.test.skip=true -Dspotless.check.skip=true -Dassembly.archive.skip=true \
            -pl packaging -am package
    ) >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    trap 'kill "$pid" 2>/dev/null || true; rm -f "$started"; exit 130' INT TERM
    sluice_show_progress "$pid" "$log"
    wait "$pid" || code=$?
    trap - INT TERM
    if [ "$code" -ne 0 ]; then
        rm -f "$started"
        grep -E '^\[ERROR\]|BUILD FAILURE' "$log" | head -n 20 >&2 || true
        sluice_fail "the build failed; all of it is in $log."
    fi
    mv "$started" "$root/packaging/target/sluice.built"
}

# While the process $1 runs, says what the last line about a module in $2 says: on a terminal every second in
# one line that is rewritten, elsewhere first what to expect, then a line with each module and every 10 seconds.
sluice_show_progress() {
    local pid=$1 log=$2 seconds=0 what shown=
    [ -t 2 ] || echo "building Sluice, which takes a minute or two; the first time Maven downloads what it needs" >&2
    while sleep 1 && kill -0 "$pid" 2>/dev/null; do
        seconds=$((seconds + 1))
        what=$(sed -n -e 's/^\[INFO\] Building \(Sluice[^0-9]*\) [0-9].*/\1/p' -e 's/^Downloading from [^:]*: .*\/\([^/]*\)$/fetching \1/p' "$log" | tail -n 1)
        what=${what:-starting Maven}
        if [ -t 2 ]; then
            printf '\r\033[Kbuilding (%d s): %.60s' "$seconds" "$what" >&2
        elif [ $((seconds % 10)) -eq 0 ] || { [ "${what%% *}" != fetching ] && [ "$what" != "$shown" ]; }; then
            echo "building ($seconds s): $what" >&2
            shown=$what
        fi
    done
    if [ -t 2 ] && [ "$seconds" -gt 0 ]; then
        printf '\r\033[K' >&2
    fi
}
