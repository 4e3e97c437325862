"""The settings of the small real cloud that the tests share."""

from tests.cloud.settings import Settings

DEFAULTS = '# The defaults.\n'
# As nova's own WSGI application begins. A worker that starts anew has most of
# nova then, and takes a second instead of six.
IMPORT_NOVA = """
from nova import monkey_patch; monkey_patch.patch(backend='threading')
import nova.api.openstack.compute
"""
AT_DEBUG = Settings(
    nova_conf='[DEFAULT]\ndebug = true\n',
    policy=DEFAULTS,
    gunicorn_conf=IMPORT_NOVA,
)


def put_back(cloud, settings):
    """Have nova-api run with *settings* and the default policy."""
    if cloud.settings != settings:
        cloud.restart_nova(settings)
    if cloud.policy_file.read_text() != DEFAULTS:
        cloud.write_policy(DEFAULTS)
