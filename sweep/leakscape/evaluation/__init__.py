"""Evaluate: plan a study, find what depends on what, compile once, run chunk by chunk."""
