"""Hostile input from everybody: addresses and forms found on the pages and in the resolver, so that a new service is in
it on its first day. `python3 run.py siege`; a small seeded run stands among the tests."""
