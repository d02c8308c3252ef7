#!/usr/bin/env bash
# Runs the JMH benchmarks; arguments are JMH's own, such as: SqlLexer -prof gc
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$here")
. "$root/bin/jdk.sh"
. "$here/classes.sh"

sluice_find_java jdk
bench_classes "$root"
# As in config/jvm.options: the same memory path of Netty as what is shipped.
exec "$JAVA_HOME/bin/java" -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -Dio.netty.noUnsafe=false \
    -cp "$bench_classpath" org.openjdk.jmh.Main "$@"
