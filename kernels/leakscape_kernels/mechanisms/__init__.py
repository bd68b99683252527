"""The mechanisms of a membrane: each one pure function of V and its own parameters.

`mechanism` says what a mechanism is, `table_entry` reads what a user wrote about one, `pathway`
holds the ways in which ions cross (ohmic, constant field, a fixed current), and every other file
is one type. A further type is one such file and one row in `types`.
"""
