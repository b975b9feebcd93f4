"""Figures beside other figures."""
