#!/usr/bin/env bash
# Runs the JMH benchmarks; arguments are JMH's own, such as: SqlLexer -prof gc
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$here")
. "$root/bin/jdk.sh"
. "$here/classes.sh"

sluice_find_java jdk
bench_classes "$root"
exec "$JAVA_HOME/bin/java" -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED \
    -cp "$bench_classpath" org.openjdk.jmh.Main "$@"
