"""What the Ansible collection does, in groups of checks; `test_ansible.py` runs them in one world."""
