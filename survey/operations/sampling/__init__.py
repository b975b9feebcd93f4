"""Samples that were drawn and weights that are fitted: working figures for analysts."""
