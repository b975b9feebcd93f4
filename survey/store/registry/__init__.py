"""Agencies, service points and codes."""
