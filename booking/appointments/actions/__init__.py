"""The verbs. Every path that takes, gives back or moves time comes through here."""
