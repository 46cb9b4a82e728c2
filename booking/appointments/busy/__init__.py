"""Calendars kept elsewhere: fetched with care, read in a process of its own, turned into closures of a counter."""
