"""The configuration of each front of nova, to be filled in.

As the guides of the programs have it, and kolla and devstack for nova.
Compression is on, where Debian has it on: nobody may ask for it.
"""

UWSGI = """\
[uwsgi]
http-socket = {host}:{http}
socket = {host}:{uwsgi}
module = {module}
master = true
processes = 2
need-app = true
die-on-term = true
buffer-size = 65535
add-header = Connection: close
disable-logging = true
"""

NGINX = """\
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    gzip on;
    gzip_proxied any;
    gzip_min_length 1;
    gzip_types application/json;
    server {{
        listen {host}:{port};
        {passing}
    }}
}}
"""
PROXY_PASS = """\
        location {mounted}/ {{
            proxy_pass http://{host}:{novas.uwsgi}/;
        }}
        location / {{
            proxy_pass http://{host}:{novas.uwsgi};
        }}
"""
UWSGI_PASS = """\
        location / {{
            include /etc/nginx/uwsgi_params;
            uwsgi_param SCRIPT_NAME "";
            uwsgi_pass {host}:{novas.uwsgi_protocol};
        }}
"""

APACHE = """\
ServerName {host}
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule deflate_module {modules}/mod_deflate.so
AddOutputFilterByType DEFLATE application/json
MaxKeepAliveRequests 0
{identity}
Listen {host}:{port}
{more}
"""
APACHE_USER = """\
LoadModule unixd_module /usr/lib/apache2/modules/mod_unixd.so
User www-data
Group www-data
"""
MOD_PROXY_HTTP = """\
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
ProxyPass "/" "http://{host}:{novas.uwsgi}/" retry=0
"""
# nova has a path, as in devstack. What leaves it is served, too.
MOD_PROXY_UWSGI = """\
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_uwsgi_module {modules}/mod_proxy_uwsgi.so
ProxyPass "{mounted}" "uwsgi://{host}:{novas.uwsgi_protocol}/" retry=0
ProxyPass "/" "uwsgi://{host}:{novas.uwsgi_protocol}/" retry=0
"""
MOD_WSGI = """\
LoadModule wsgi_module {module}
WSGISocketPrefix {folder}/wsgi
WSGIDaemonProcess nova processes=2 threads=1 python-path={packages}:{root}
WSGIProcessGroup nova
WSGIApplicationGroup %{{GLOBAL}}
WSGIPassAuthorization On
WSGIScriptAlias / {script}
<Directory {folder}>
    Require all granted
</Directory>
"""
SCRIPT = """\
import os

os.environ[{name!r}] = {records!r}
from {module} import application
"""

HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 65s
    timeout server 65s
frontend nova
    bind {host}:{port}
    default_backend nova
backend nova
    server nova {host}:{novas.gunicorn}
"""
