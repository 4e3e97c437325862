"""The proxy against its alternative: nginx with Lua."""
