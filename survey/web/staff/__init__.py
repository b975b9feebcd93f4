"""Pages for people who run the survey: everything under /staff/ but the analysis."""
