"""Pages of agencies, service points and codes."""
