#!/usr/bin/env bash
# Runs `afterclick action`, whose input is the environment: see action.yml. The deploy command finds
# this very binary by its name.
set -Eeuo pipefail
unset BASH_ENV

binary=${AFTERCLICK_BINARY:?it is set by the step that installs}
export PATH=${binary%/*}:$PATH
# The signals of a cancelled job reach the binary itself, which gives the lock back.
exec "$binary" action
