"""Pages of posters."""
