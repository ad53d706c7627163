//! The server as its clients see it: the real router over a real database.
