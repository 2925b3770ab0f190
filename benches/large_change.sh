#!/usr/bin/env bash
# Measures a change of 2,000 files: wall-clock time, peak memory, size of the binary.
# usage: benches/large_change.sh [FILES]
set -euo pipefail
files=${1:-2000}
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet --bin afterclick --example large_change
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$target/release/examples/large_change" "$folder" "$files"
cd "$folder"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
git init --quiet .
mkdir work-tree
git config user.name bench
git config user.email bench@example.com
for side in before after; do
  cp -r "$side/." work-tree
  git --work-tree=work-tree add --all .
  git --work-tree=work-tree commit --quiet -m "$side"
done

echo "binary: $(wc -c <"$target/release/afterclick") bytes"
for _ in 1 2 3; do
  if [ -x /usr/bin/time ]; then
    /usr/bin/time -f '%es, %MKB at most' "$target/release/afterclick" review HEAD~1..HEAD \
      --format json --output record.json
  else
    time "$target/release/afterclick" review HEAD~1..HEAD --format json --output record.json
  fi
done
grep -A4 '"stats"' record.json
