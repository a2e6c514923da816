#!/usr/bin/env bash
# See that the servers and the browser the tests start are on this machine; as root on Debian, install what is missing.
# Nothing is started as a service: the tests start their own, on loopback.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin

declare -A package=(
  [redis-server]=redis-server [prometheus]=prometheus [promtool]=prometheus
  [prometheus-alertmanager]=prometheus-alertmanager [amtool]=prometheus-alertmanager [chromium]=chromium
  [strace]=strace
  [openssl]=openssl
  [pg_ctlcluster]=postgresql # the server itself is in no folder of PATH
)
missing=()
for program in "${!package[@]}"; do
  command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
[ ${#missing[@]} -gt 0 ] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "fristvagt: the tests need ${missing[*]}. Install them, as root:" >&2
  echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d # exit 101: a package may not start its service
if ! [ -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi
apt=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
"${apt[@]}" update
DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
