"""Agencies, service points and codes, as they are, as they change and as they come from tables."""
