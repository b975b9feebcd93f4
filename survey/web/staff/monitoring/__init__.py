"""The first page, monitoring and boards."""
