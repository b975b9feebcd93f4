"""The analyst's pack."""
