"""The official method in numbers: from tallies to results, without web or database."""
