#!/bin/sh
# Installs what tests drive and pip cannot bring: a browser, three calendar programs. Says loudly what is missing.
missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="chromium"
for program in khal vdirsyncer calcurse; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
# calcurse-caldav is a script of calcurse's package, and leaves its library to others.
/usr/bin/python3 -c 'import httplib2' 2>/dev/null || missing="$missing python3-httplib2"
[ -z "$missing" ] && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
  # shellcheck disable=SC2086
  { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
fi
echo "=============================================================================" >&2
echo "NOT INSTALLED: $missing. The tests that drive them WILL NOT RUN on this machine." >&2
echo "Install them with your system's package manager, then run this again." >&2
echo "=============================================================================" >&2
[ "${CI:-}" = "true" ] && exit 1
exit 0
