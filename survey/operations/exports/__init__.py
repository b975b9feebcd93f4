"""Files for analysts."""
