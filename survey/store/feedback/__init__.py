"""Comments and cases."""
