"""Refuses a module in which a deferred name means anything but its import.

Asked is Python's own symbol table: whatever binds a name (an argument, `def`, `class`, an import,
`for`, `with … as`, `except … as`, `case`, `:=`, a comprehension, `global`, `del`, a type parameter)
leaves it there, and so does any use that was not rewritten.
"""

import ast
from collections.abc import Collection, Iterator
from symtable import SymbolTable, symtable

# Ways to a module's names that no symbol table sees.
_BY_NAME = {"__import__", "eval", "exec", "globals", "locals", "vars"}
# What is defined for the module, and would be hidden by its own.
_DEFINED = {"__deferred__"}


def refuse_other_uses(tree: ast.Module, file: str, names: Collection[str]) -> None:
    """`tree` after its deferred imports and their uses are gone. Raises ValueError."""
    for name in names:
        if name.startswith("__"):
            raise ValueError(f"{file}: inside a class {name} has another name")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            raise ValueError(f"{file}:{node.lineno} may import another of {sorted(names)}")
    source = ast.unparse(ast.fix_missing_locations(tree))
    try:
        module = symtable(source, file, "exec")
    except SyntaxError as error:  # as in `case a.b():`, where nothing can be called
        raise ValueError(f"{file} uses one of {sorted(names)} where only a name can be") from error
    if found := _DEFINED & {one.get_name() for one in module.get_symbols() if one.is_assigned()}:
        raise ValueError(f"{file} has its own {sorted(found)}")
    for scope in _scopes(module):
        known = {*scope.get_identifiers()}
        if found := known & {*names}:
            raise ValueError(f"{file}: {scope.get_name()} has another {sorted(found)}")
        if found := known & _BY_NAME:
            raise ValueError(f"{file}: {scope.get_name()} may find {sorted(names)} by {found}")


def _scopes(scope: SymbolTable) -> Iterator[SymbolTable]:
    yield scope
    for inner in scope.get_children():
        yield from _scopes(inner)
