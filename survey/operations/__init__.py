"""Where store and analysis meet: short functions that pages and commands both call."""
