# Builds the VM image where there is only a container engine; writes what ./mkimage.sh writes into dist/:
#
#   docker build -f Dockerfile.builder --output dist .
#
# With the same sources, keys and packages.lock it gives the same bytes as ./mkimage.sh on a Debian 12 machine: a compiler of
# another release would make other programs. Secrets, all or none (none: development keys are made, and stay in this builder's
# cache): bulkhead.key, db.key, and the certificates beside them, PK.crt, KEK.crt, db.crt (docs/keys.md):
#
#   --secret id=bulkhead.key,src=keys/bulkhead.key --secret id=db.key,src=keys/db.key --secret id=db.crt,src=keys/db.crt …
#
# BASE is a Debian 12 with Node 20 or newer; LOCKED a packages.lock among the sources, for exactly its packages.
ARG BASE=node:20-bookworm-slim
FROM ${BASE} AS build
WORKDIR /bulkhead
COPY package.json package-lock.json ./
COPY setup setup
RUN --mount=type=cache,target=/root/.npm node setup/builder.mjs
COPY . .
ARG LOCKED
RUN --mount=type=cache,target=/bulkhead/.cache \
    --mount=type=secret,id=bulkhead.key --mount=type=secret,id=db.key \
    --mount=type=secret,id=PK.crt --mount=type=secret,id=KEK.crt --mount=type=secret,id=db.crt \
    set -- ${LOCKED:+--locked "$LOCKED"} && \
    if [ -e /run/secrets/bulkhead.key ]; then set -- "$@" --key /run/secrets/bulkhead.key; fi && \
    ./mkimage.sh build "$@"

FROM scratch
COPY --from=build /bulkhead/dist /
