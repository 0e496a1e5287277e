#!/bin/sh
# Builds, signs and checks the VM image; the logic is in image/.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec "$here/node_modules/.bin/tsx" "$here/image/main.ts" "$@"
