#!/usr/bin/env bash
# Installs the binary that release.env names, and says where it is in the outputs `binary` and
# `version`. Its input is the environment: see action.yml.
set -Eeuo pipefail
unset BASH_ENV

action=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  # One line: what it says comes from inputs, and must not become a command of the workflow.
  local sentence=${1//[$'\r\n']/ }
  printf '::error title=afterclick was not installed::%s\n' "${sentence//%/%25}"
  printf '%s\nhint: %s\n' "$sentence" "$2" >&2
  exit 5
}

released() { sed -n "s/^$1=//p" "$action/action/release.env"; }

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"; }

target() {
  local os=${RUNNER_OS:-$(uname -s)} machine=${RUNNER_ARCH:-$(uname -m)} cpu
  case $machine in
    X64 | x86_64 | amd64) cpu=x86_64 ;;
    ARM64 | aarch64 | arm64) cpu=aarch64 ;;
    *) cpu=$machine ;;
  esac
  case $os in
    Linux) echo "$cpu-unknown-linux-musl" ;;
    macOS | Darwin) echo "$cpu-apple-darwin" ;;
    Windows | MINGW* | MSYS*) echo "$cpu-pc-windows-msvc" ;;
    *) echo "$cpu-$os" ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

download() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
  elif command -v wget >/dev/null; then
    wget -q -O "$2" "$1"
  else
    fail "Neither curl nor wget is on this runner." "Install one of them, or set \`binary-path\`."
  fi
}

# The hash says that the archive is the one that this commit of the action means; the attestation
# says which workflow made it.
verify_provenance() {
  local can=yes
  command -v gh >/dev/null && [ -n "${GH_TOKEN:-}" ] || can=no
  case $AFTERCLICK_VERIFY in
    off) return ;;
    auto) [ "$can" = yes ] || return 0 ;;
    require)
      [ "$can" = yes ] ||
        fail "The provenance cannot be checked: it needs gh and a token." \
          "Install gh, or set \`verify: auto\`."
      ;;
  esac
  gh attestation verify "$1" --repo "$repository" \
    --signer-workflow "$repository/.github/workflows/release.yml" >/dev/null ||
    fail "gh does not confirm who built $(basename "$1")." \
      "Where GitHub's attestations cannot be reached, set \`verify: off\`; the SHA-256 is checked all the same."
}

install_release() {
  local target expected found
  target=$(target)
  expected=$(released "SHA256_$target")
  [[ $expected =~ ^[0-9a-f]{64}$ ]] ||
    fail "This commit of the action carries no release for $target." \
      "Use a released tag of the action, or set \`install: source\`."
  folder=$temp/afterclick/$version/$expected
  binary=$folder/afterclick$suffix
  # Only what was checked is ever moved to this name.
  if [ ! -x "$binary" ]; then
    local archive=afterclick-v$version-$target.tar.gz draft
    draft=$(mktemp -d "$temp/afterclick.XXXXXX")
    download "$downloads/v$version/$archive" "$draft/$archive" ||
      fail "$archive could not be downloaded." "Try again, or set \`binary-path\` on a runner without access."
    found=$(sha256 "$draft/$archive")
    [ "$found" = "$expected" ] ||
      fail "$archive is not the file that this action means: its SHA-256 is $found." \
        "Do not use it. Report it if trying again gives the same."
    verify_provenance "$draft/$archive"
    tar -xzf "$draft/$archive" -C "$draft" "afterclick$suffix"
    chmod 755 "$draft/afterclick$suffix"
    mkdir -p "$folder"
    mv -f "$draft/afterclick$suffix" "$binary"
    rm -rf "$draft"
  fi
}

# The image holds the same static binary; its digest stands in release.env.
install_docker() {
  local image container
  image=$(released IMAGE)
  [[ $image == *@sha256:* ]] ||
    fail "This commit of the action names no image." "Use a released tag of the action, or set \`install: source\`."
  folder=$temp/afterclick/$version/${image##*:}
  binary=$folder/afterclick
  if [ ! -x "$binary" ]; then
    container=$(docker create "$image")
    mkdir -p "$folder"
    docker cp "$container:/usr/local/bin/afterclick" "$folder/afterclick.draft"
    docker rm "$container" >/dev/null
    mv -f "$folder/afterclick.draft" "$binary"
  fi
}

# Only the action's own code is built, never that of the change under review.
install_source() {
  command -v cargo >/dev/null ||
    fail "\`install: source\` needs cargo." "Install Rust on this runner, or leave \`install\` out."
  echo "Building afterclick from source; this takes minutes."
  cargo build --release --locked --manifest-path "$action/Cargo.toml" --target-dir "$temp/afterclick/source"
  binary=$temp/afterclick/source/release/afterclick$suffix
}

version=$(released VERSION)
repository=$(released REPOSITORY)
downloads=$(released DOWNLOADS)
temp=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
if command -v cygpath >/dev/null; then
  temp=$(cygpath -u "$temp")
fi
suffix=
[ "${RUNNER_OS:-}" != Windows ] || suffix=.exe
: "${AFTERCLICK_INSTALL:=release}" "${AFTERCLICK_VERIFY:=auto}"

case $AFTERCLICK_VERIFY in
  auto | require | off) ;;
  *) fail "\`verify\` is auto, require or off, not $AFTERCLICK_VERIFY." "Mend the input \`verify\`." ;;
esac

if [ -n "${AFTERCLICK_BINARY_PATH:-}" ]; then
  binary=$AFTERCLICK_BINARY_PATH
  [ -f "$binary" ] && [ -x "$binary" ] ||
    fail "There is no program at $binary." "Mend the input \`binary-path\`."
  binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
else
  case $AFTERCLICK_INSTALL in
    release) install_release ;;
    docker) install_docker ;;
    source) install_source ;;
    *) fail "\`install\` is release, docker or source, not $AFTERCLICK_INSTALL." "Mend the input \`install\`." ;;
  esac
fi

# What is started is what was meant; a binary of one's own may have any version.
unset GH_TOKEN
said=$("$binary" --version) || fail "The binary does not start on this runner." "Set \`install: source\`."
if [ -z "${AFTERCLICK_BINARY_PATH:-}" ] && [ "$said" != "afterclick $version" ]; then
  fail "The binary says that it is $said, not afterclick $version." "Report it."
fi
output binary "$binary"
output version "${said#afterclick }"
echo "$said"
