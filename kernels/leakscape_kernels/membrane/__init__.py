"""A membrane of ions and mechanisms: its currents, its equilibria, what can be read there."""
