"""Responses counted, by service point and by category."""
