# afterclick for CI systems other than GitHub Actions: a static binary, git and CA certificates.
#
#   docker build -t afterclick .
#   docker run --rm -v "$PWD:/repository:ro" afterclick review main...HEAD
#
# A release is built with `--build-arg BINARY=release`, from the attested binaries in dist/.
ARG BINARY=source

FROM rust:1.95-alpine AS source
# Alpine removes old versions of its packages, so a pinned one would stop the build.
# hadolint ignore=DL3018
RUN apk add --no-cache musl-dev gcc
WORKDIR /source
COPY . .
RUN cargo build --release --locked && install -D target/release/afterclick /binary/afterclick

FROM scratch AS release
ARG TARGETARCH
COPY dist/${TARGETARCH}/afterclick /binary/afterclick

# hadolint ignore=DL3006
FROM ${BINARY} AS binary

FROM alpine:3.22
# hadolint ignore=DL3018
RUN apk add --no-cache ca-certificates git && adduser -D -u 10001 afterclick
COPY --from=binary /binary/afterclick /usr/local/bin/afterclick
USER 10001
WORKDIR /repository
ENTRYPOINT ["afterclick"]
CMD ["--help"]
