#!/usr/bin/env bash
# Where there is no Docker engine: the steps of docker/Dockerfile on bare Debian roots made by debootstrap, then a call to what came out.
# Needs root, debootstrap and a Debian mirror. Usage: docker/bare-root.sh [folder]; the folder (5 GB) is removed at the end unless KEEP=1.
# Single quotes below are for the shell inside the root.
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-$(mktemp -d /tmp/sk-bare-root.XXXXXX)}
build=$work/build
run=$work/run
bare() { # root, packages
  debootstrap --variant=minbase --include="$2" bookworm "$1" >"$work/debootstrap.log" 2>&1 || { tail -20 "$work/debootstrap.log" >&2; exit 1; }
}
step() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
mounted() { mount --bind /proc "$1/proc"; mount --bind /dev "$1/dev"; }
finish() {
  [ -z "${engine:-}" ] || kill -TERM "$engine" 2>/dev/null || true
  [ -z "${api:-}" ] || kill -TERM "$api" 2>/dev/null || true
  wait 2>/dev/null || true
  for at in "$run/data" "$run/tmp" "$run/proc" "$run/dev" "$build/proc" "$build/dev" "$run"; do umount -l "$at" 2>/dev/null || true; done
  [ "${KEEP:-0}" = 1 ] || rm -rf "$work"
}
trap finish EXIT
mkdir -p "$work"

step "bare Debian for building"
bare "$build" ca-certificates
mounted "$build"
cp /etc/resolv.conf "$build/etc/"
[ ! -f "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$build/root/"
# Behind a proxy with a certificate of its own, npm and bun must trust what this machine trusts.
[ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp "$NODE_EXTRA_CA_CERTS" "$build/etc/ssl/certs/ca-certificates.crt"
chroot "$build" sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm' >"$work/apt.log" 2>&1
git archive --prefix=src/ HEAD | tar -xf - -C "$build"

step "building"
chroot "$build" npm install --global --silent bun@1.4.5
chroot "$build" sh -c 'cd /src && docker/assemble.sh /app'
chroot "$build" sh -c 'cp "$(bun -e "console.log(process.execPath)")" /usr/local/bin/bun-runtime'

step "bare Debian for running"
bare "$run" ca-certificates,libstdc++6
chroot "$run" useradd --system --uid 10001 --no-create-home --home-dir /nonexistent sk
cp "$build/usr/local/bin/bun-runtime" "$run/usr/local/bin/bun"
cp -a "$build/app" "$run/app"
install -m 755 docker/entry.sh "$run/usr/local/bin/sk-voice"
mkdir -p "$run/data" "$work/data"
chown 10001 "$work/data"

step "read-only root, uid 10001: starting api and engine"
mount --bind "$run" "$run"
mount -o remount,ro,bind "$run"
mounted "$run"
mount --bind "$work/data" "$run/data"
mount -t tmpfs tmpfs "$run/tmp"
settings=(NODE_ENV=production SK_DATA_DIR=/data HOME=/nonexistent PORT=13000 SK_API_URL=http://127.0.0.1:13000 SK_SIP_PORT=15060
  SK_HEALTH_PORT=19090 SK_STREAM_PORT=15070 SK_RTP_PORT_MIN=16000 SK_RTP_PORT_MAX=16998 PATH=/usr/local/bin:/usr/bin:/bin)
chroot=$(command -v chroot) # not on the PATH of the image
start() { env -i "${settings[@]}" "$chroot" --userspec=10001:10001 "$run" sh -c "cd /app && exec sk-voice $1" >"$work/$1.log" 2>&1 & }
start api; api=$!
start engine; engine=$!
for _ in $(seq 300); do
  curl -fs http://127.0.0.1:19090/ready >/dev/null 2>&1 && ready=1 && break
  if ! kill -0 "$api" || ! kill -0 "$engine"; then cat "$work"/api.log "$work"/engine.log; exit 1; fi
  sleep 0.5
done
[ "${ready:-0}" = 1 ] || { cat "$work"/api.log "$work"/engine.log; echo "not ready after 150 s" >&2; exit 1; }
env -i "${settings[@]}" "$chroot" --userspec=10001:10001 "$run" sh -c 'cd /app && sk-voice health' || { echo "the healthcheck fails" >&2; exit 1; }

env -i "${settings[@]}" "$chroot" --userspec=10001:10001 "$run" sh -c 'cd /app && sk-voice doctor' || { echo "the doctor finds faults" >&2; exit 1; }

step "calling her"
[ -d node_modules ] || npx --yes bun@1.4 install --frozen-lockfile --silent
SK_DATA_DIR=$work/data PORT=13000 SK_SIP_PORT=15060 npx --yes bun@1.4 bench/src/call.ts \
  --say "What are your opening hours?" --say "Thank you, goodbye." --out "$work/call.wav" | tee "$work/call.log"
grep -qi "open" "$work/call.log" || { echo "she did not answer" >&2; exit 1; }

step "SIGTERM"
kill -TERM "$engine"; wait "$engine" && engine=
kill -TERM "$api"; wait "$api" && api=
step "done: $(du -sm "$run/app" | cut -f1) MB of application, $(du -sm --exclude="$run/app" --exclude="$run/proc" --exclude="$run/dev" "$run" 2>/dev/null | cut -f1) MB in all"
