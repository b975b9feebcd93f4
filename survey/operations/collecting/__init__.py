"""Answers coming in: by poster, tablet, paper, assistance and file."""
