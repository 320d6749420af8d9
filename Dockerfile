# Errand on a server: `python -m tools.server`, the API, or `python -m tools.store`, the store of a server without AWS; the same image on
# Lambda: docs/self-hosting.md. PYTHON is the base image, of Python 3.13 with venv.
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /srv/errand
RUN python3 -m venv --copies .venv && python3 -m venv --copies .venv/ministack
COPY layers/dependencies/locks/server.txt layers/dependencies/locks/
COPY tools/requirements-ministack.txt tools/
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes \
      --requirement layers/dependencies/locks/server.txt \
 && .venv/ministack/bin/python -m pip install --no-cache-dir --no-deps --requirement tools/requirements-ministack.txt
COPY pyproject.toml README.md LICENSE template.yaml ./
COPY functions functions
COPY layers layers
COPY tools tools
# Import roots as the editable install of a developer has them, but for the tests.
RUN .venv/bin/python -m tools.import_roots \
 && .venv/bin/python -m compileall -q .venv functions layers tools \
 && mkdir /data

FROM ${PYTHON}
COPY --from=build /srv/errand /srv/errand
COPY --from=build --chown=10001:10001 /data /data
WORKDIR /srv/errand
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1
# Nobody, of no name: nothing of the image is theirs, and only /data and /tmp are written.
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD [".venv/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT [".venv/bin/python", "-m"]
CMD ["tools.server"]
