# Any image with Python 3.11 or newer and its venv module.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# pip and the tools of the build live beside the environment that is kept.
COPY requirements/image-build.txt requirements/image.txt requirements/
RUN --mount=type=secret,id=ca \
    if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
 && python3 -m venv /tools \
 && /tools/bin/pip install --require-hashes -r requirements/image-build.txt \
 && python3 -m venv --without-pip /opt/preflight \
 && /tools/bin/pip --python /opt/preflight/bin/python install \
        --no-compile --only-binary :all: --require-hashes -r requirements/image.txt

# Half of what was installed is never called: a twin of the Kubernetes client, and the AWS services that give no
# credentials.
WORKDIR /opt/preflight
RUN rm -r lib/python3*/site-packages/kubernetes/aio \
 && find lib/python3*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name sts ! -name sso ! -name sso-oidc ! -name signin -exec rm -r {} +

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY preflight preflight
# Nothing can be compiled on a read-only root. A time that a copy changes must not make bytecode stale.
RUN /tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /tools/bin/pip --python /opt/preflight/bin/python install --no-compile --no-index --no-deps /wheels/*.whl \
 && /opt/preflight/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/preflight/lib

FROM ${BASE_IMAGE}
ARG SOURCE=""
ARG VERSION=""
LABEL org.opencontainers.image.title="preflight" \
      org.opencontainers.image.description="Checks, before helm install, that a self-hosted LangSmith can use its external Redis or Valkey" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/preflight /opt/preflight
ENV PATH=/opt/preflight/bin:${PATH}
WORKDIR /
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["preflight"]
CMD ["--help"]
