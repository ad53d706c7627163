"""What a server must refuse or survive, in groups of checks; `test_bad_input.py` runs them in one world."""
