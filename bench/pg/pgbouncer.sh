#!/usr/bin/env bash
# Builds PgBouncer from the source package of a newer Debian and prints the path of the program.
#
# Needs the Debian mirror that this machine's apt already uses, and gcc, make, pkg-config, libevent-dev,
# libssl-dev. Changes nothing outside bench/target: apt gets lists of its own there, so this runs as an
# ordinary user too.
#   PGBOUNCER          an installed program to use instead
#   PGBOUNCER_RELEASES  the Debian releases to take the source from, the first that has it (default: trixie forky sid)
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
target=$(dirname "$here")/target/pgbouncer
read -r -a releases <<<"${PGBOUNCER_RELEASES:-trixie forky sid}"

fail() {
    echo "pgbouncer.sh: $1" >&2
    exit 1
}

if [ -n "${PGBOUNCER:-}" ]; then
    [ -x "$PGBOUNCER" ] || fail "$PGBOUNCER is not a program."
    echo "$PGBOUNCER"
    exit
fi
if [ -x "$target/pgbouncer" ]; then
    echo "$target/pgbouncer"
    exit
fi

for tool in apt-get gcc make pkg-config; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt install gcc make pkg-config libevent-dev libssl-dev."
done
for library in libevent openssl; do
    pkg-config --exists "$library" || fail "the headers of $library are missing: apt install libevent-dev libssl-dev."
done

# The mirror of the machine's own sources, in either of apt's two formats.
mirror() {
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
        if [ -r "$file" ]; then
            sed -n 's/^URIs: *\([^ ]*debian\)\/* *$/\1/p' "$file"
        fi
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        if [ -r "$file" ]; then
            sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*debian\)\/* .*/\2/p' "$file"
        fi
    done
}
uri=$(mirror | head -n 1)
[ -n "$uri" ] || fail "found no Debian mirror in apt's sources: build PgBouncer 1.21 or newer yourself and set PGBOUNCER."
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

mkdir -p "$target/apt/lists/partial" "$target/apt/cache/archives/partial" "$target/src"
own_apt=(-q -o "Dir::Etc::sourcelist=$target/apt/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$target/apt/lists" -o "Dir::Cache=$target/apt/cache"
    -o APT::Sandbox::User= -o Debug::NoLocking=1 -o Acquire::Languages=none)

# Fetches the source of release $1, checked by apt against the release's signature.
fetch() {
    echo "deb-src [signed-by=$keyring] $uri $1 main" >"$target/apt/sources.list"
    apt-get "${own_apt[@]}" update &&
        (cd "$target" && apt-get "${own_apt[@]}" source --download-only pgbouncer)
}

build() {
    tar -xf "$target"/pgbouncer_*.orig.tar.* -C "$target/src" --strip-components=1 &&
        cd "$target/src" &&
        ./configure --without-cares CFLAGS=-O2 &&
        make -j "$(nproc)" pgbouncer
}

fetched=
for release in "${releases[@]}"; do
    if fetch "$release" >>"$target/build.log" 2>&1; then
        fetched=$release
        break
    fi
done
[ -n "$fetched" ] || fail "none of ${releases[*]} has the source to offer; see $target/build.log."
(build) >>"$target/build.log" 2>&1 || fail "the build failed; all of it is in $target/build.log."
cp "$target/src/pgbouncer" "$target/pgbouncer"
rm -rf "$target/apt"
"$target/pgbouncer" --version >&2
echo "$target/pgbouncer"
