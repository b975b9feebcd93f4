"""The official report: composed once as values, written as Word and as PDF."""
