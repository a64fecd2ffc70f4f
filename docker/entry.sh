#!/bin/sh
# The image's commands: engine, api, doctor, health (of whichever runs in this container).
# shellcheck disable=SC2016
set -eu
case "${1:-engine}" in
  engine) exec bun engine/src/main.ts ;;
  api) exec bun api/src/main.ts ;;
  doctor) exec bun tools/doctor.ts ${2:+"$2"} ;;
  health)
    # Of whichever runs in this container.
    exec bun -e '
      const ports = [process.env.SK_HEALTH_PORT ?? "9090", process.env.PORT ?? "3000"];
      const answers = await Promise.all(ports.map((port) => fetch(`http://127.0.0.1:${port}/health`).then((r) => r.ok, () => false)));
      process.exit(answers.includes(true) ? 0 : 1);'
    ;;
  *) exec "$@" ;;
esac
