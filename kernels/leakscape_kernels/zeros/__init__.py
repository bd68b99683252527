"""Every zero of a smooth curve in a bracket, the resting one among them; knows no membrane."""
