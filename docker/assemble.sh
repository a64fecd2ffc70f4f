#!/usr/bin/env bash
# Puts what runs in production into a folder: sources without tests, locked production dependencies, of native code this platform's alone.
# Used by the Dockerfile and by bare-root.sh, so that both run the same steps. Usage: docker/assemble.sh /out [bun]
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?a folder that does not exist yet}
bun=${2:-bun}
[ ! -e "$out" ] || { echo "$out exists; give a folder that does not" >&2; exit 1; }

mkdir -p "$out"
cp package.json bun.lock bunfig.toml LICENSE "$out"
for package in media models engine api bench; do
  mkdir -p "$out/$package"
  cp "$package/package.json" "$out/$package/"
done
(cd "$out" && "$bun" install --frozen-lockfile --production --silent)

tar -cf - --exclude='*.test.ts' --exclude='*.test.tsx' --exclude='testing' --exclude='node_modules' \
  media/src models/src models/weights engine/src api/src | tar -xf - -C "$out"
mkdir -p "$out/tools"
cp tools/doctor.ts "$out/tools/"
find api -maxdepth 1 -name '*.gen.json' -exec cp {} "$out/api/" \;

# onnxruntime-node ships every platform: 288 MB, of which one is needed.
arch=$("$bun" -e 'console.log(process.arch)')
find "$out/node_modules" -type d -path '*onnxruntime-node/bin/napi-v*/*' -prune | while read -r platform; do
  case "$platform" in
    */linux) find "$platform" -mindepth 1 -maxdepth 1 ! -name "$arch" -exec rm -rf {} + ;;
    *) rm -rf "$platform" ;;
  esac
done
# LiveKit's library is 26 MB of native code for those who use it.
if [ "${SK_WITH_LIVEKIT:-0}" != 1 ]; then
  find "$out/node_modules" -type d \( -path '*/@livekit/rtc-*' -o -path '*/.bun/@livekit+rtc-*' \) -prune -exec rm -rf {} +
fi
find "$out/node_modules" \( -name '*.map' -o -name '*.md' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -type f -delete
du -sm "$out" | awk '{ print $1 " MB assembled in " $2 }'
