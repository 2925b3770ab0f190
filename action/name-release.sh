#!/usr/bin/env bash
# name-release.sh VERSION IMAGE DIST: writes release.env anew with the hashes of the archives in
# DIST. Every target that release.env lists has to be there.
set -Eeuo pipefail
version=${1:?} image=${2?} dist=${3:?}
file=$(dirname "${BASH_SOURCE[0]}")/release.env
draft=$(mktemp)

while IFS= read -r line; do
  case $line in
    VERSION=*) line=VERSION=$version ;;
    IMAGE=*) line=IMAGE=$image ;;
    SHA256_*)
      target=${line#SHA256_} target=${target%%=*}
      hash=$(sha256sum "$dist/afterclick-v$version-$target.tar.gz" | cut -d ' ' -f 1)
      line=SHA256_$target=$hash
      ;;
  esac
  printf '%s\n' "$line"
done <"$file" >"$draft"
cat "$draft" >"$file"
rm "$draft"
