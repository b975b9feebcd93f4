"""Pages of cases and comments."""
