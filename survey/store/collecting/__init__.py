"""Responses and all that is on its way to become one."""
