"""Pages of publications and reports."""
