#!/bin/sh
# Prints the configuration file of a fresh installation: every key of HOCON/ with its default, commented out.
set -eu
cd "$(dirname "$0")/../HOCON"
cat <<'END'
# Anocir's configuration, in HOCON. Everything is commented out: what stands here is what holds without this file.
# Write what you change as one line with its whole path, for example
#
#   anocir.history.max-age = 1d
#
# and restart the supervisor; containers go on meanwhile. ANOCIR_CONFIG names another file in place of this one.

END
for file in supervisor.conf persistence.conf; do
    sed 's/^\( *[^ #]\)/#\1/' "$file"
    echo
done
