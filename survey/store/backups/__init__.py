"""The database as one file, and back."""
