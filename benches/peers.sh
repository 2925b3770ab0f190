#!/usr/bin/env bash
# Times whole processes of afterclick, ast-grep and semgrep on the same commits.
#
# usage: benches/peers.sh --commits FILE --repos DIR [--afterclick PATH] [--ast-grep PATH]
#                         [--semgrep PATH --semgrep-config PATH] [--runs N]
#
# FILE has a repository and a commit a line; DIR/<repository> is a bare or other repository, or
# holds one as `repo`. Tools without a path are left out. afterclick reviews the commit; the other
# two scan the changed files as the commit leaves them, already written to a folder, so the time
# that git takes counts for afterclick alone.
#
# The tools:  npm install --prefix DIR @ast-grep/cli   and   pip install semgrep
# Rules for semgrep are a folder or file of your own choice; ast-grep gets two small rules.
# With hyperfine on the PATH it does the timing, else a loop does.
set -euo pipefail

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; }

afterclick='' ast_grep='' semgrep='' config='' commits='' repos='' runs=5
while [ $# -gt 0 ]; do
  case $1 in
    --afterclick) afterclick=$2 ;;
    --ast-grep) ast_grep=$2 ;;
    --semgrep) semgrep=$2 ;;
    --semgrep-config) config=$2 ;;
    --commits) commits=$2 ;;
    --repos) repos=$2 ;;
    --runs) runs=$2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift 2
done
[ -n "$commits" ] && [ -n "$repos" ] || { usage >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/rules"
for language in Go Python TypeScript JavaScript Ruby Java Php CSharp Rust; do
  # shellcheck disable=SC2016 # the pattern is one of ast-grep
  printf 'id: %s\nlanguage: %s\nrule: { pattern: abort($$$A) }\nmessage: it leaves\n' \
    "$language" "$language" >"$work/rules/$language.yml"
done
printf 'ruleDirs: [rules]\n' >"$work/sgconfig.yml"

# Milliseconds of each run of a command, a line each; whatever its exit code.
milliseconds() {
  local number start end
  if command -v hyperfine >/dev/null; then
    hyperfine --ignore-failure --shell=none --warmup 1 --runs "$runs" --export-json "$work/h.json" \
      "$(printf '%q ' "$@")" >/dev/null 2>&1
    tr ',' '\n' <"$work/h.json" | sed -n '/"times"/,/\]/p' | grep -oE '[0-9]+\.[0-9e-]+' |
      awk '{ print int($1 * 1000 + 0.5) }'
    return
  fi
  "$@" >/dev/null 2>&1 || true
  for ((number = 0; number < runs; number++)); do
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1 || true
    end=$(date +%s%N)
    echo $(((end - start) / 1000000))
  done
}

median() { sort -n "$1" | awk '{ it[NR] = $1 } END { if (NR) print it[int((NR + 1) / 2)] }'; }

# One figure a commit and tool: the median of its runs.
time_one() {
  local tool=$1
  shift
  milliseconds "$@" >"$work/runs"
  median "$work/runs" | tee -a "$work/$tool.all"
}

printf '%-40s %6s %12s %12s %12s\n' commit files afterclick ast-grep semgrep
while read -r repository commit _; do
  place=$repos/$repository
  [ -d "$place/repo" ] && place=$place/repo
  rm -rf "$work/files"
  mkdir "$work/files"
  count=0
  while IFS= read -r -d '' path; do
    mkdir -p "$work/files/$(dirname "$path")"
    git -C "$place" cat-file blob "$commit:$path" >"$work/files/$path" 2>/dev/null || continue
    count=$((count + 1))
  done < <(git -C "$place" diff-tree -r -z --name-only --diff-filter=d "$commit^!")
  ours='-' sg='-' semi='-'
  [ -n "$afterclick" ] && ours=$(time_one afterclick "$afterclick" -C "$place" review "$commit^!")
  [ -n "$ast_grep" ] && sg=$(time_one ast-grep "$ast_grep" scan -c "$work/sgconfig.yml" "$work/files")
  [ -n "$semgrep" ] && semi=$(time_one semgrep "$semgrep" scan --quiet --metrics off \
    --disable-version-check --no-git-ignore --config "$config" "$work/files")
  printf '%-40s %6s %9s ms %9s ms %9s ms\n' \
    "${repository:0:28} ${commit:0:10}" "$count" "$ours" "$sg" "$semi"
done <"$commits"
for tool in afterclick ast-grep semgrep; do
  [ -s "$work/$tool.all" ] && echo "median of $tool: $(median "$work/$tool.all") ms"
done
