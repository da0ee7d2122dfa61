#!/usr/bin/env bash
# refresh.sh VERSION: takes the facts of a released Kestra (1.3.32, 2.0.4…) from Maven Central, writes them to
# catalogue/<target>/core.jsonl and language.json and prints what changed. Needs a JDK 21 or later, Maven and cargo.
# refresh.sh --check: the same for every version that is committed, into a temporary directory; fails where the
# result isn't what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
tool() { cargo run --quiet --locked --features maintain --example catalogue -- "$@"; }
export_core() { # VERSION DIRECTORY
  catalogue/exporter/run.sh "$1" types > "$2/core.jsonl" 2> "$2/types.log" || { cat "$2/types.log" >&2; return 1; }
  catalogue/exporter/run.sh "$1" language > "$2/language.json" 2> "$2/language.log" || { cat "$2/language.log" >&2; return 1; }
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in
--check)
  status=0
  while IFS=$'\t' read -r target version; do
    case $target in '#'*) continue ;; esac
    mkdir -p "$scratch/$target"
    export_core "$version" "$scratch/$target"
    for file in core.jsonl language.json; do
      if cmp -s "catalogue/$target/$file" "$scratch/$target/$file"; then
        echo "$target ($version): $file is what the exporter makes"
      else
        echo "$target ($version): $file differs from what the exporter makes" >&2
        [ "$file" != core.jsonl ] || tool changes "catalogue/$target/$file" "$scratch/$target/$file" >&2
        status=1
      fi
    done
  done < catalogue/versions.tsv
  exit $status
  ;;
[0-9]*.[0-9]*.*)
  version=$1
  target=${version%%.*}.$(echo "$version" | cut -d. -f2)
  [ -d "catalogue/$target" ] || { echo "refresh.sh: Kestra $target is no target yet (src/finding/target.rs)" >&2; exit 2; }
  export_core "$version" "$scratch"
  tool changes "catalogue/$target/core.jsonl" "$scratch/core.jsonl"
  cp "$scratch/core.jsonl" "$scratch/language.json" "catalogue/$target/"
  sed -i.old "s/^$target	.*/$target	$version/" catalogue/versions.tsv && rm catalogue/versions.tsv.old
  ;;
*)
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
  ;;
esac
