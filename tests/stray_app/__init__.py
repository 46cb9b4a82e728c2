"""An app that forgot everything: no trace, no migrations, no layer, no door, nobody to purge it, a page left open.

The twins of the guards install it and see them turn red. It is never installed otherwise.
"""
