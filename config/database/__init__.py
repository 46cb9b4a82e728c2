"""PostgreSQL as Django speaks to it, with a lighter look at a connection that has just been used."""
