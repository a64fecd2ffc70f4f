#!/usr/bin/env bash
# Puts onnxruntime's CUDA provider (272 MB, not in the npm package) beside onnxruntime-node's own library, in the version that is installed there.
# From PyPI, whose wheel holds the same build; needs pip and unzip. It is built for CUDA 13: libcublas, libcublasLt, libcudart, libcurand, libcudnn and the
# driver must be on the machine. Usage: docker/cuda-provider.sh [root of the project or of what assemble.sh made]
set -euo pipefail
root=${1:-$(dirname "$0")/..}
binding=$(find "$root/node_modules" -path '*onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node' -print -quit)
[ -n "$binding" ] || { echo "no onnxruntime-node for linux/x64 under $root/node_modules: install dependencies first" >&2; exit 1; }
folder=$(dirname "$binding")
version=$(sed -n 's/^ *"version": "\(.*\)".*/\1/p' "$folder/../../../../package.json")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 --platform manylinux_2_28_x86_64 --dest "$work" "onnxruntime-gpu==$version"
unzip -q -j -o "$work"/*.whl 'onnxruntime/capi/libonnxruntime_providers_shared.so' 'onnxruntime/capi/libonnxruntime_providers_cuda.so' -d "$folder"
echo "CUDA provider $version in $folder"
