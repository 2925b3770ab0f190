#!/usr/bin/env bash
# Runs `afterclick action`, which reads AFTERCLICK_MODE, AFTERCLICK_ENVIRONMENT, AFTERCLICK_COMMAND
# and GITHUB_TOKEN, as action.yml sets them. The deploy command finds this very binary by its name.
set -Eeuo pipefail
unset BASH_ENV

binary=${AFTERCLICK_BINARY:?it is set by the step that installs}
export PATH=${binary%/*}:$PATH
# The signals of a cancelled job reach the binary itself, which gives the lock back.
exec "$binary" action
