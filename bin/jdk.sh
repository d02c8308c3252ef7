# Finds what Sluice needs on this machine. Sourced by bin/sluice, bin/verify and the scripts of bench;
# sets JAVA_HOME, or says in one sentence what is missing and ends the script.

sluice_java_feature=25

sluice_fail() {
    echo "$(basename "$0"): $1" >&2
    exit 1
}

# Whether $1 is the home of a JDK (with $2 = jdk) or at least a JRE of the wanted version. The release
# file is read first, since starting every java of a machine takes seconds.
sluice_is_java() {
    [ -x "$1/bin/java" ] || return 1
    [ "$2" != jdk ] || [ -x "$1/bin/javac" ] || return 1
    if [ -r "$1/release" ]; then
        grep -Eq "^JAVA_VERSION=\"${sluice_java_feature}(\"|[.+-])" "$1/release"
    else
        "$1/bin/java" -version 2>&1 | grep -Eq "version \"${sluice_java_feature}(\"|[.+-])"
    fi
}

# sluice_find_java jdk|jre: sets and exports JAVA_HOME.
sluice_find_java() {
    local kind=$1 home on_path
    on_path=$(command -v java || true)
    if [ -n "$on_path" ]; then
        on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    fi
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/* "${SDKMAN_DIR:-${HOME:-/nonexistent}/.sdkman}"/candidates/java/* "$on_path"; do
        if [ -n "$home" ] && sluice_is_java "$home" "$kind"; then
            export JAVA_HOME=$home
            return
        fi
    done
    case $kind in
        jdk) sluice_fail "no JDK $sluice_java_feature found: install one (Debian 13: apt install openjdk-25-jdk-headless; anywhere: https://adoptium.net), or set JAVA_HOME to it." ;;
        jre) sluice_fail "no Java $sluice_java_feature found, a runtime is enough: install one (Debian 13: apt install openjdk-25-jre-headless; anywhere: https://adoptium.net), or set JAVA_HOME to it." ;;
    esac
}

# Sets nothing; ends the script unless a Maven of at least 3.8.7 is on the PATH.
sluice_find_maven() {
    local version
    command -v mvn >/dev/null || sluice_fail "no Maven found: install 3.8.7 or newer (Debian: apt install maven) and have mvn on the PATH."
    version=$({ mvn --version 2>/dev/null || true; } | sed 's/\x1b\[[0-9;]*m//g' | sed -n 's/^Apache Maven \([0-9][0-9.]*\).*/\1/p')
    if [ "$(printf '%s\n' 3.8.7 "$version" | sort -V | head -n 1)" != 3.8.7 ]; then
        sluice_fail "Maven ${version:-of an unknown version} is too old: install 3.8.7 or newer (Debian: apt install maven)."
    fi
}
