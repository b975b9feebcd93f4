"""A publication: made, decided, stored, proved."""
