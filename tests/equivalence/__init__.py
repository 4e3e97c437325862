"""Generated requests, each given to a real nova and to the guard.

nova is the model: its urlmap, routes, dispatch and validation, in this
process and without a database. It may be any nova that can be imported.
"""

import warnings

import pytest
import webob.dec  # noqa: F401  nova.api.wsgi uses it without importing it

# Importing nova must not replace threads and sockets by eventlet's. What nova
# and its libraries warn of when they are imported is not ours to mend.
with pytest.MonkeyPatch.context() as environ, warnings.catch_warnings():
    environ.setenv('OS_NOVA_DISABLE_EVENTLET_PATCHING', '1')
    warnings.simplefilter('ignore')
    from nova import monkey_patch

    # As nova's own entry points do, before anything else of nova: nova's
    # functional tests, in this process, refuse to come after eventlet. In
    # an older nova the import is all there is to it.
    getattr(monkey_patch, 'patch', bool)()
    import nova.api.openstack.compute.routes
    import nova.api.openstack.urlmap  # noqa: F401
