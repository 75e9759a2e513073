#!/bin/sh
# A peer in a container: the other containers reach it by the host name that Docker gave it.
set -eu
exec node /shoal/bin/shoal.mjs peer --listen 0.0.0.0:7000 --advertise "$(hostname):7000" --data /data --root /data/files "$@"
