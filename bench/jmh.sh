#!/usr/bin/env bash
# Runs the JMH benchmarks; arguments are JMH's own, such as: SqlLexer -prof gc
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$here")
. "$root/bin/jdk.sh"

sluice_find_java jdk
sluice_find_maven
(cd "$root" && mvn -B -q -DskipTests -pl bench -am package \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile=target/classpath -Dmdep.includeScope=runtime)
exec "$JAVA_HOME/bin/java" -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED \
    -cp "$here/target/classes:$(cat "$here/target/classpath")" org.openjdk.jmh.Main "$@"
