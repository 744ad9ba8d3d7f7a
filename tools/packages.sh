#!/usr/bin/env bash
# packages.sh NAME...: sees to it that these programs of Debian's are there: chromium, postgresql, wrk.
# Root on a machine with apt-get installs what is missing; everybody else is told, in one line, how to get it.
set -u

present() {
  case "$1" in
    chromium) command -v chromium || command -v chromium-browser ;;
    postgresql) command -v initdb || ls /usr/lib/postgresql/*/bin/initdb ;;
    wrk) command -v wrk ;;
    *) echo "packages.sh: $1 is no package that it knows: chromium, postgresql, wrk" >&2; exit 2 ;;
  esac >/dev/null 2>&1
}

missing=()
for name in "$@"; do
  present "$name" || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "setup: installing ${missing[*]} by apt-get"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  for name in "${missing[@]}"; do
    present "$name" || { echo "missing: $name, which apt-get did not bring" >&2; exit 1; }
  done
  exit 0
fi
echo "missing: ${missing[*]}; on Debian: sudo apt install ${missing[*]}" >&2
exit 1
