# A server of the tests around its program; its folder is filled by tests/containers/releases.py.
ARG ROOT=debian:12-slim

FROM ${ROOT}
COPY . /usr/local/
ENV LD_LIBRARY_PATH=/usr/local/lib
USER 999:999
WORKDIR /tmp
EXPOSE 6379
CMD ["redis-server", "--protected-mode", "no"]
