"""Signing in, and what is kept meanwhile."""
