"""Models of one equation: Nernst, constant field, chord conductance, cost, charging."""
