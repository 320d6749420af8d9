"""Imports of third-party modules that wait until what they import is used.

Where a module names one of them inside a function, it gets it from a function of its own that
imports it the first time; annotations that name them become strings; and whoever asks the module
for the name gets it too. The build fails where that cannot be done to the letter: shadowing.py.
"""

import ast
import re
import sys
from collections.abc import Collection

from slimming.shadowing import refuse_other_uses

type _Function = ast.FunctionDef | ast.AsyncFunctionDef

_VERSION = re.compile(r"sys\.version_info >= \(\d+, \d+\)")
# Also the module's `__getattr__`, for names that others import from it.
_LATER = """
def __deferred__(name):
    if name not in __deferred__.imports:
        if __deferred__.own:
            return __deferred__.own(name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in globals():
        exec(__deferred__.imports[name], globals())
    return globals()[name]
__deferred__.own = None
__getattr__ = __deferred__
"""
# Behind a module that has one itself.
_BEHIND = "__deferred__.own, __getattr__ = __getattr__, __deferred__"


def defer(tree: ast.Module, file: str, modules: set[str]) -> ast.Module:
    """Raises ValueError if an import is not there, needed at once, or its name means more."""
    imports: dict[str, str] = {}
    found = set()
    _resolved(tree)
    everything = "*" in modules
    for statement in [*tree.body] if not everything else _collected(tree):
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        module = _module(statement)
        for alias in [*statement.names]:
            if not {module, f"{module}.{alias.name}"} & modules and not (
                everything and module != "__future__"
            ):
                continue
            found |= {module, f"{module}.{alias.name}"}
            name = alias.asname or alias.name.partition(".")[0]
            if name in imports:
                raise ValueError(f"{file}:{statement.lineno} imports another {name}")
            imports[name] = _single(statement, alias)
            statement.names.remove(alias)
        if not statement.names and statement in tree.body:
            tree.body.remove(statement)
    imports |= _aliases(tree, imports)
    if missing := {*modules} - found - {"*"}:
        raise ValueError(f"{file} no longer imports {missing}")
    tree = _Later(imports, file).visit(tree)
    refuse_other_uses(tree, file, imports)
    later = ast.parse(f"{_LATER}__deferred__.imports = {imports!r}").body
    tree.body += ast.parse(_BEHIND).body if _has_getattr(tree) else []
    first = sum(isinstance(one, ast.ImportFrom) and one.module == "__future__" for one in tree.body)
    tree.body[first:first] = later
    return tree


def _aliases(tree: ast.Module, imports: Collection[str]) -> dict[str, str]:
    """`NAME = deferred.name` of a module waits as well."""
    found = {}
    for statement in [*tree.body]:
        match statement:
            case ast.Assign([ast.Name(name)], ast.Attribute(ast.Name(one), attribute)):
                if one in imports:
                    found[name] = f"{name} = __deferred__({one!r}).{attribute}"
                    tree.body.remove(statement)
    return found


def _resolved(tree: ast.Module) -> None:
    """Blocks for other Pythons go: those of this one stand in their place."""
    for statement in [*tree.body]:
        if isinstance(statement, ast.If) and _VERSION.fullmatch(ast.unparse(statement.test)):
            is_so = eval(ast.unparse(statement.test), {"sys": sys})  # noqa: S307 - as it reads
            where = tree.body.index(statement)
            tree.body[where : where + 1] = statement.body if is_so else statement.orelse


def _collected(tree: ast.Module) -> list[ast.stmt]:
    """All imports of a package, AnyIO's as well: it too defers them, if it can read its source."""
    lazy = [one for one in tree.body if isinstance(one, ast.If) and _is_lazy(one)]
    tree.body = [one for one in tree.body if one not in lazy]
    return [*tree.body, *(inner for one in lazy for inner in one.body)]


def _single(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    if alias.name == "*":
        raise ValueError(f"{_module(statement)} is imported with a star")
    if isinstance(statement, ast.ImportFrom) and statement.module is None:
        # As an import it would ask the package for the name first.
        module = f"'{_module(statement)}{alias.name}'"
        name = alias.asname or alias.name
        return f"{name} = __import__('importlib').import_module({module}, __package__)"
    return ast.unparse(type(statement)(**{**vars(statement), "names": [alias]}))


def _has_getattr(tree: ast.Module) -> bool:
    names = (node for one in tree.body for node in ast.walk(one) if isinstance(node, ast.Name))
    defined = (one.name for one in tree.body if isinstance(one, ast.FunctionDef))
    return "__getattr__" in {*defined, *(one.id for one in names)}


def _is_lazy(block: ast.If) -> bool:
    return "install_lazy_importer" in ast.unparse(block.test)


def _module(statement: ast.Import | ast.ImportFrom) -> str:
    if isinstance(statement, ast.ImportFrom):
        return "." * statement.level + (statement.module or "")
    # `import a, b` would be two modules under one name of the list.
    return ",".join(alias.name for alias in statement.names)


class _Later(ast.NodeTransformer):
    def __init__(self, imports: Collection[str], file: str) -> None:
        self._imports = imports
        self._file = file
        self._functions = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = self._annotation(node.annotation)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        if node.annotation:
            node.annotation = self._annotation(node.annotation)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self._imports or not isinstance(node.ctx, ast.Load):
            return node
        if not self._functions:
            raise ValueError(f"{self._file}:{node.lineno} needs {node.id} at once")
        later = ast.Name("__deferred__", ast.Load())
        return ast.copy_location(ast.Call(later, [ast.Constant(node.id)], []), node)

    def _function(self, node: _Function) -> ast.AST:
        if node.returns:
            node.returns = self._annotation(node.returns)
        defaults = self._defaults(node.args)
        for outside in [node.args, *node.decorator_list]:
            self.visit(outside)
        self._functions += 1
        node.body = [self.visit(statement) for statement in [*defaults, *node.body]]
        self._functions -= 1
        return node

    def _defaults(self, arguments: ast.arguments) -> list[ast.stmt]:
        """Of keywords: what makes those that would need an import."""
        made = []
        for index, default in enumerate(arguments.kw_defaults):
            if default and self._is_used(default):
                name = arguments.kwonlyargs[index].arg
                made += ast.parse(f"if {name} is ...: {name} = {ast.unparse(default)}").body
                arguments.kw_defaults[index] = ast.Constant(...)
        return made

    def _annotation(self, node: ast.expr) -> ast.expr:
        if self._is_used(node):
            return ast.copy_location(ast.Constant(ast.unparse(node)), node)
        return node

    def _is_used(self, node: ast.AST) -> bool:
        return any(
            isinstance(part, ast.Name) and part.id in self._imports for part in ast.walk(node)
        )
