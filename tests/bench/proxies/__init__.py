"""The proxy against what an operator would use instead: nginx with Lua."""
