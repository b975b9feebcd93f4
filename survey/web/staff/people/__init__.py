"""Pages of people and of the trail."""
