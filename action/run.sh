#!/usr/bin/env bash
# The steps of action.yml: run.sh install | check | compare | conclude. Inputs come in the environment, never in the text
# of a command. Works with bash 3.2, which macOS has.
set -euo pipefail

repository=kestralint/kestralint

fail() {
  printf '::error title=kestralint::%s\n' "$1"
  exit 2
}

output() {
  printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# The name by which Rust and our releases know the machine.
machine() {
  case "$RUNNER_OS-$RUNNER_ARCH" in
    Linux-X64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64) echo aarch64-unknown-linux-musl ;;
    macOS-X64) echo x86_64-apple-darwin ;;
    macOS-ARM64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc ;;
    *) return 1 ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

wanted_version() {
  if [ -n "${INPUT_VERSION:-}" ]; then
    echo "${INPUT_VERSION#v}"
  elif [[ "${ACTION_REF:-}" =~ ^v[0-9]+\.[0-9]+\.[0-9]+ ]]; then
    echo "${ACTION_REF#v}"
  else
    gh release view --repo "$repository" --json tagName --jq .tagName | sed 's/^v//'
  fi
}

# Downloads an archive and leaves only one that is what was released.
download() {
  local version=$1 archive=$2 directory=$3
  gh release download "v$version" --repo "$repository" --dir "$directory" \
    --pattern "$archive" --pattern "$archive.sha256" || fail "release $version has no $archive"
  local is wants
  is=$(sha256 "$directory/$archive")
  wants=${INPUT_CHECKSUM:-$(cut -d ' ' -f 1 "$directory/$archive.sha256")}
  [ "$is" = "$wants" ] || fail "$archive has the checksum $is instead of $wants"
  gh attestation verify "$directory/$archive" --repo "$repository" >/dev/null ||
    fail "$archive was not built by $repository"
}

install() {
  local binary version machine directory temporary
  if [ -n "${INPUT_BINARY:-}" ]; then
    binary=$INPUT_BINARY
  else
    machine=$(machine) || fail "there is no release for $RUNNER_OS on $RUNNER_ARCH; build one and name it as binary"
    version=$(wanted_version)
    [[ "$version" =~ ^[0-9A-Za-z.+-]+$ ]] || fail "this is no version: $version"
    directory=$RUNNER_TOOL_CACHE/kestralint/$version/$machine
    binary=$directory/kestralint
    case "$RUNNER_OS" in Windows) binary=$binary.exe ;; esac
    if [ ! -x "$binary" ]; then
      temporary=$(mktemp -d "$RUNNER_TEMP/kestralint.XXXXXX")
      download "$version" "kestralint-$machine.tar.gz" "$temporary"
      mkdir -p "$directory"
      tar -xzf "$temporary/kestralint-$machine.tar.gz" -C "$directory"
      rm -r "$temporary"
    fi
  fi
  "$binary" --version || fail "$binary does not run"
  output binary "$binary"
}

# Whether results may be sent to code scanning. The token of a pull request from a fork, or from Dependabot,
# may only read.
may_upload() {
  case "$INPUT_UPLOAD_SARIF" in
    true) return 0 ;;
    false) return 1 ;;
    auto) ;;
    *) fail "upload-sarif is auto, true or false, not $INPUT_UPLOAD_SARIF" ;;
  esac
  [ "${GITHUB_ACTOR:-}" != 'dependabot[bot]' ] || return 1
  [ -z "${HEAD_REPOSITORY:-}" ] || [ "$HEAD_REPOSITORY" = "$GITHUB_REPOSITORY" ]
}

# A figure of the JSON report; its summary comes before anything that is found.
figure() {
  sed -nE "s/^ +\"$1\": ([0-9]+),?\$/\\1/p" "$2" | head -n 1
}

summarise() {
  local flows=$1 findings=$2 list=$3
  {
    printf '### kestralint\n\n'
    printf '%s findings in %s flows: %s errors, %s warnings.\n' "$findings" "$flows" "$errors" "$warnings"
    if [ "$findings" -gt 0 ]; then
      # Nothing in a message may end the block.
      printf '\n```text\n'
      head -n 100 "$list" | tr '`' "'"
      printf '```\n'
      [ "$findings" -le 100 ] || printf '\nThe first 100 are listed.\n'
    fi
  } >>"$GITHUB_STEP_SUMMARY"
}

check() {
  local reports arguments=() line status=0
  reports=$(mktemp -d "$RUNNER_TEMP/kestralint.XXXXXX")
  cd "$INPUT_WORKING_DIRECTORY"
  [ -z "$INPUT_CONFIG" ] || arguments+=(--config "$INPUT_CONFIG")
  [ -z "$INPUT_TARGET" ] || arguments+=(--target "$INPUT_TARGET")
  [ -z "$INPUT_SELECT" ] || arguments+=(--select "$INPUT_SELECT")
  [ -z "$INPUT_IGNORE" ] || arguments+=(--ignore "$INPUT_IGNORE")
  [ -z "$INPUT_FAIL_ON" ] || arguments+=(--fail-on "$INPUT_FAIL_ON")
  while IFS= read -r line; do
    [ -z "$line" ] || arguments+=("$line")
  done <<<"$INPUT_ARGS"
  case "$INPUT_ANNOTATIONS" in
    true) arguments+=(--format github) ;;
    *) arguments+=(--format concise) ;;
  esac
  arguments+=(--color never --format "sarif=$reports/kestralint.sarif")
  arguments+=(--format "json=$reports/kestralint.json" --format "concise=$reports/kestralint.txt" --)
  while IFS= read -r line; do
    [ -z "$line" ] || arguments+=("$line")
  done <<<"$INPUT_PATHS"
  "$KESTRALINT" check "${arguments[@]}" || status=$?
  output exit-code "$status"
  [ -s "$reports/kestralint.sarif" ] && [ -s "$reports/kestralint.json" ] || return 0

  local errors warnings findings
  errors=$(figure errors "$reports/kestralint.json")
  warnings=$(figure warnings "$reports/kestralint.json")
  findings=$((errors + warnings + $(figure infos "$reports/kestralint.json")))
  output errors "$errors"
  output warnings "$warnings"
  output findings "$findings"
  output sarif-file "$reports/kestralint.sarif"
  # What is not whole would close alerts that are still true.
  if [ "$status" -le 1 ] && may_upload; then output upload true; else output upload false; fi
  if [ "$INPUT_SUMMARY" = true ]; then
    summarise "$(figure flows "$reports/kestralint.json")" "$findings" "$reports/kestralint.txt"
  fi
}

# What changes since the base break, in Markdown. As a pull request does, it compares with the commit from which
# both come.
compare() {
  local reports arguments=() status=0
  reports=$(mktemp -d "$RUNNER_TEMP/kestralint.XXXXXX")
  cd "$INPUT_WORKING_DIRECTORY"
  [ -z "$INPUT_CONFIG" ] || arguments+=(--config "$INPUT_CONFIG")
  [ -z "$INPUT_TARGET" ] || arguments+=(--target "$INPUT_TARGET")
  arguments+=(--merge-base --compatible --format markdown --fail-on "$INPUT_DIFF_FAIL_ON")
  "$KESTRALINT" diff "${arguments[@]}" -- "$INPUT_DIFF_BASE" >"$reports/diff.md" || status=$?
  output diff-exit-code "$status"
  [ -s "$reports/diff.md" ] || return 0
  output diff-file "$reports/diff.md"
  [ "$INPUT_SUMMARY" != true ] || cat "$reports/diff.md" >>"$GITHUB_STEP_SUMMARY"
}

# The graver of the two statuses; without a comparison there is only one.
conclude() {
  local status=$EXIT_CODE
  [ "$EXIT_CODE" = 0 ] || printf 'kestralint ended with status %s\n' "$EXIT_CODE"
  if [ "${DIFF_EXIT_CODE:-0}" != 0 ]; then
    printf 'kestralint diff ended with status %s\n' "$DIFF_EXIT_CODE"
    [ "$DIFF_EXIT_CODE" -le "$status" ] || status=$DIFF_EXIT_CODE
  fi
  exit "$status"
}

case "${1:-}" in
  install | check | compare | conclude) "$1" ;;
  *) fail 'run.sh takes install, check, compare or conclude' ;;
esac
