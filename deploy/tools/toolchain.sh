#!/usr/bin/env bash
# See that build tools are here and new enough; say what is missing and how to get it.
# Usage: deploy/tools/toolchain.sh PROGRAM...      (node, npm, java, mvn, go)
set -euo pipefail

declare -A least=([node]=20 [npm]=9 [java]=17 [go]=1.25)
declare -A get=(
  [node]="Node.js 20 or later, from nodejs.org or your distribution's backports"
  [npm]="npm 9 or later, which comes with Node.js 20"
  [java]="a Java 17 or later: apt-get install openjdk-17-jre-headless"
  [mvn]="Maven: apt-get install maven"
  [go]="Go 1.25 or later, from go.dev (Debian's is too old)"
)

version() { # of a program, as its first number with dots
  case $1 in
    go) go version ;;
    java) java -version 2>&1 ;;
    *) "$1" --version ;;
  esac | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1
}

for program in "$@"; do
  if ! command -v "$program" >/dev/null; then
    echo "fristvagt: $program is not installed; needed is ${get[$program]}" >&2
    exit 1
  fi
  [ -n "${least[$program]:-}" ] || continue
  found=$(version "$program")
  if ! printf '%s\n' "${least[$program]}" "$found" | sort -C -V; then
    echo "fristvagt: $program is $found; needed is ${get[$program]}" >&2
    exit 1
  fi
done
