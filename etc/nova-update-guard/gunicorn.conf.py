"""The reverse proxy under gunicorn.

gunicorn -c /etc/nova-update-guard/gunicorn.conf.py
"""

wsgi_app = 'nova_update_guard.wsgi'
bind = '127.0.0.1:8871'
# One per core; threads wait for nova meanwhile.
workers = 2
worker_class = 'gthread'
threads = 16
# Longer than HAProxy keeps a connection that it does not use.
keepalive = 65
# What X-Forwarded-Proto says counts where http_proxy_to_wsgi is told so.
secure_scheme_headers = {}
# gunicorn warns of request lines that it cannot read, and quotes them: where a
# client has told a wrong length, that is the rest of its body.
loglevel = 'error'
# A worker that is stopped finishes what it has begun.
graceful_timeout = 70
