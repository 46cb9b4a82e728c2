"""Benchmarks: figure, floor, ratio, goal. `python3 run.py bench`, or `python -m tests.bench --help`.

Absolute figures drift by a third between two runs on a shared machine. What is compared is therefore measured in turns,
thing and floor, in one run, and the median of the ratios is told.
"""
