"""What pynautobot can do, in groups of checks; `test_pynautobot.py` runs them in one world."""
