"""A service made for the tests: visits to a nursery, with a table, a staff page, a message, a private link, a hook for
closures and something to forget.

It shows what the next service touches beside its own folder: the settings and addresses of the tests, the import
layers, the door and the rights table.
"""
