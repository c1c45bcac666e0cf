#!/bin/sh
# Sends requests to the gateway that `jigress plugin dev .` runs: one that passes, and one that the script refuses.
set -eu
gateway=${1:-http://localhost:8080}
curl -sS -i "$gateway/"
curl -sS -i -H 'x-user: mallory' "$gateway/"
