#!/usr/bin/env bash
# run.sh VERSION types|language: facts of a released Kestra, from Maven Central, on standard output.
# run.sh VERSION sources DIRECTORY...: what the sources of plugins say, one repository a directory, read against that Kestra.
# Needs a JDK 21 or later (JAVA_HOME, or the newest under /usr/lib/jvm) and Maven; what it builds goes to
# EXPORTER_CACHE (default: the user's cache directory).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=$1; shift
java_version() { "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = //p' | cut -d. -f1; }
if [ -z "${JAVA_HOME:-}" ] || [ "$(java_version "$JAVA_HOME")" -lt 21 ]; then
  JAVA_HOME=
  for candidate in /usr/lib/jvm/*/; do
    [ -x "$candidate/bin/javac" ] && [ "$(java_version "$candidate")" -ge 21 ] && JAVA_HOME=${candidate%/}
  done
fi
[ -n "$JAVA_HOME" ] || { echo "run.sh: no JDK 21 or later found; set JAVA_HOME" >&2; exit 2; }
export JAVA_HOME
cache=${EXPORTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kestralint-exporter}/$version
mkdir -p "$cache/classes"
if [ ! -s "$cache/classpath" ] || [ "$here/pom.xml" -nt "$cache/classpath" ]; then
  mvn -q -B -f "$here/pom.xml" -Dkestra.version="$version" dependency:build-classpath -Dmdep.outputFile="$cache/classpath.part" >&2
  mv "$cache/classpath.part" "$cache/classpath"
fi
classpath=$(cat "$cache/classpath")
"$JAVA_HOME/bin/javac" --release 21 -nowarn -proc:none -d "$cache/classes" -cp "$classpath" "$here"/src/main/java/exporter/*.java >&2
exec "$JAVA_HOME/bin/java" -Xmx2g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Dotel.sdk.disabled=true -Djava.awt.headless=true \
  -Dlogback.configurationFile="$here/logback.xml" -cp "$cache/classes:$classpath" exporter.Export "$@"
