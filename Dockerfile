# The image of every process: web, workers, beat and the migration job differ by their command alone.
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/wizamart
RUN python -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
COPY requirements/production.txt requirements/
RUN pip install --require-hashes --only-binary=:all: -r requirements/production.txt
COPY manage.py ./
COPY config config
COPY platform_core platform_core
COPY modules modules
COPY templates templates
COPY static static
COPY locale locale
# The settings are read to collect the static files; these values reach no process and no server.
RUN python -m platform_core.ui.compile_messages \
    && DJANGO_SETTINGS_MODULE=config.settings.production \
        SECRET_KEY=only-to-collect-static-files BASE_DOMAIN=build.invalid \
        DATABASE_URL=postgresql://build@127.0.0.1/build REDIS_URL=redis://127.0.0.1/0 \
        python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q config platform_core modules

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Wizamart" \
      org.opencontainers.image.licenses="Apache-2.0"
ARG RELEASE=""
ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    MEDIA_ROOT=/srv/media \
    BODY_READERS=4 \
    RELEASE=${RELEASE}
RUN groupadd --gid 10001 wizamart \
    && useradd --uid 10001 --gid wizamart --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin wizamart \
    && install -d -o wizamart -g wizamart /srv/media /srv/beat
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/wizamart /srv/wizamart
WORKDIR /srv/wizamart
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-m", "config.probe"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--no-ws", "--workers-kill-timeout", "20", "--log-level", "error", "config.wsgi:application"]
