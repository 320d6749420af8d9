"""Filters of tasks: `due < tomorrow & priority <= 2 & (#home | @bank) & !completed`.

grammar.py   the tree, and its canonical text
parser.py    text -> tree, by reader.py, values.py (what stands behind an operator)
names.py     names of projects, sections and labels -> their ids
matching.py  whether a task is meant, by dates.py
plan.py      which ordered view has all that can be meant, by reach.py
"""
