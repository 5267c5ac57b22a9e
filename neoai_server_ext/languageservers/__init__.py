"""Language servers: who speaks to which, in which folder, and what they may run."""
