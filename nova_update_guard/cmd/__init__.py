"""The command nova-update-guard."""
