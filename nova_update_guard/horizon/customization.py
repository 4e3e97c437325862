"""Make Horizon's "Edit Instance" show why nova refused an update.

Horizon imports this module once, if its settings say

    HORIZON_CONFIG["customization_module"] = (
        "nova_update_guard.horizon.customization"
    )

Without it Horizon drops nova's message, goes on with the security groups, and
says that it was unable to modify the instance.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from horizon import forms
from novaclient.exceptions import ClientException
from openstack_dashboard.api import nova
from openstack_dashboard.dashboards.project.instances.workflows import (
    update_instance,
)

# What the user can do something about; Horizon has its own ways with others.
_TOLD = (400, 403, 409)
_REFUSAL = '_nova_update_guard_refusal'


def _keeping(update: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap server_update: nova's refusal is also kept at the request."""

    @wraps(update)
    def keeping(request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return update(request, *args, **kwargs)
        except ClientException as error:
            if error.code in _TOLD:
                setattr(request, _REFUSAL, str(error))
            raise

    return keeping


def _telling(handle: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a step's handle: a refusal that was kept is the form's error.

    The ValidationError ends the workflow before its next step, and has
    Horizon show the form again, with what the user typed.
    """

    @wraps(handle)
    def telling(self: Any, request: Any, data: Any) -> Any:
        done = handle(self, request, data)
        refusal = vars(request).pop(_REFUSAL, None)
        if refusal is not None:
            self.add_error(None, refusal)
            raise forms.ValidationError(refusal)
        return done

    return telling


nova.server_update = _keeping(nova.server_update)
_ACTION = update_instance.UpdateInstanceInfoAction
_ACTION.handle = _telling(_ACTION.handle)
