"""The web door in production: `gunicorn -c config/gunicorn.conf.py`. Messages leave by `rdvdav worker`, which runs beside it."""

import multiprocessing
from pathlib import Path

wsgi_app = "rdvdav.serving:application()"
bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = multiprocessing.cpu_count()
threads = 8
# Each process has database connections of its own (on PostgreSQL some that read and some that write): nothing is loaded before the fork.
preload_app = False
timeout = 60
graceful_timeout = 30
max_requests = 20_000
max_requests_jitter = 2_000
# Each turn of a worker's loop touches a file: a seventh of the cost of a short request when that is on a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Paths of feeds and bookings hold secrets: no access log here; nginx writes one without them.
accesslog = None
forwarded_allow_ips = "127.0.0.1"
# Where the application is mounted and what is asked of it no header may say.
forwarder_headers = ""
# Signals steer it: a service user has no home for gunicorn's control socket.
control_socket_disable = True
