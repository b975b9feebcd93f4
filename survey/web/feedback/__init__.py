"""Letters of citizens."""
