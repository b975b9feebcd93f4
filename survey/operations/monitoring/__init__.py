"""What comes in while a round runs, and what needs somebody's attention."""
