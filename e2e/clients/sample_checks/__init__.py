"""Real answers of a Nautobot, replayed; `test_samples.py` runs these checks."""
