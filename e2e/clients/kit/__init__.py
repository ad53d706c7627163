"""What all scripts here share: running checks, asking over HTTP, comparing shapes, starting servers and databases."""
