#!/usr/bin/env bash
# Measures the rebase gate on a history of 50,000 commits, where 300 files differ between what is live
# and what wants to ship: wall-clock time of the whole process, cold once and then warm.
# usage: benches/gate.sh [COMMITS] [FILES]
set -euo pipefail
commits=${1:-50000}
files=${2:-300}
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet --bin afterclick
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
git init --quiet --bare .

# Each commit writes one of 4,000 files anew; the last one writes as many as differ.
awk -v commits="$commits" -v files="$files" 'BEGIN {
  for (number = 1; number <= commits + 1; number++) {
    printf "commit refs/heads/main\nmark :%d\ncommitter bench <bench> %d +0000\n", number, 1500000000 + number * 60
    message = "Change " number
    printf "data %d\n%s\n", length(message), message
    if (number > 1) printf "from :%d\n", number - 1
    count = number > commits ? files : 1
    for (file = 0; file < count; file++) {
      place = (number * 7919 + file * 13) % 4000
      text = "file " place ", version " number "\n"
      printf "M 100644 inline src/%d/%d.txt\ndata %d\n%s\n", place % 40, place, length(text), text
    }
  }
}' | git fast-import --quiet
git repack -adq
live=$(git rev-parse main~1)
for _ in 1 2 3 4; do
  time "$target/release/afterclick" gate --environment production --live "$live" --sha main
done
