"""The plug-in of python-openstackclient; the guard never imports it."""
