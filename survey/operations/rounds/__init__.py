"""Survey rounds and the visits they are measured against."""
