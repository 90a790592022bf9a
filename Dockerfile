# syntax=docker/dockerfile:1

# Builder: OpenSSL, libpq, SQLite and aws-lc are compiled from source into the one binary, hence the
# C compiler, make and perl.
FROM rust:1.95-slim-bookworm AS builder
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc g++ libc6-dev make perl \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# What `/version` and the metrics say of the build.
ARG THIDUA_COMMIT=unknown
ARG THIDUA_BUILT_AT=unknown
# The target folder is a cache that does not end up in the layer, so the binary is copied out of it.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    THIDUA_COMMIT="$THIDUA_COMMIT" THIDUA_BUILT_AT="$THIDUA_BUILT_AT" \
    cargo build --release --locked --bin thidua \
 && install -D --mode=0755 target/release/thidua /out/thidua

FROM debian:bookworm-slim AS runtime
# ca-certificates: the key sets of the SSO are fetched over TLS that is always verified.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 thidua \
 && useradd --system --uid 10001 --gid thidua --home-dir /var/lib/thidua --shell /usr/sbin/nologin thidua \
 && install --directory --owner=thidua --group=thidua --mode=0750 /var/lib/thidua /var/lib/thidua/files
COPY --from=builder /out/thidua /usr/local/bin/thidua
USER 10001:10001
WORKDIR /var/lib/thidua
VOLUME /var/lib/thidua
EXPOSE 8080
# The image has no HTTP client; the binary asks its own /readyz.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["thidua", "healthcheck"]
ENTRYPOINT ["thidua"]
CMD ["serve"]
