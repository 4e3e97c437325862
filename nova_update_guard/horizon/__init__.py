"""The module for Horizon's customization_module; the guard never imports it."""
