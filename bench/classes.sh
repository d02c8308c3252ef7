# Builds the benchmarks' own classes, for jmh.sh and pg/memory.sh, which source this after bin/jdk.sh.

# Compiles the benchmarks of the checkout $1 if needed; sets bench_classpath to what runs them.
bench_classes() {
    local classpath=$1/bench/target/classpath
    if [ ! -e "$classpath" ] || [ -n "$(find "$1"/pom.xml "$1"/*/pom.xml "$1"/*/src/main -newer "$classpath" -print -quit)" ]; then
        sluice_find_maven
        (cd "$1" && mvn -B -q -Dmaven.test.skip=true -Dspotless.check.skip=true -pl bench -am package \
            org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
            -Dmdep.outputFile=target/classpath -Dmdep.includeScope=runtime)
        touch "$classpath"
    fi
    bench_classpath=$1/bench/target/classes:$(cat "$classpath")
}
