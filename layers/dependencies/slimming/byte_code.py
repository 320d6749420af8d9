"""Compiles installed packages for a cold start.

Byte code takes the place of the sources, because Lambda's read-only file system could not keep it,
and leaves out what no request reads: documentation, and imports that only some functions need
(deferred.py). Lines keep their numbers: tracebacks still name file, line and function.
"""

import ast
from importlib.util import MAGIC_NUMBER, source_hash
from marshal import dumps
from pathlib import Path

from slimming import handlers
from slimming.deferred import defer
from slimming.deferred_files import DEFERRED
from slimming.patterns import precompile

# 100 classes for type checkers only, with 730 annotations: 85 million instructions.
_TYPED_DICTS = "pydantic_core/core_schema.py"
_UNCHECKED_HASH = 1


def compile_all(root: Path, *, seen_at: str, documented: bool = False) -> None:
    """`seen_at`: where Lambda will find `root`, for tracebacks. Raises ValueError.

    `documented`: classes keep their docstrings.
    """
    files = sorted(root.rglob("*.py"))
    # One of the two layers has fewer packages.
    expected = {name for name in DEFERRED if (root / name.partition("/")[0]).exists()}
    if missing := expected - {file.relative_to(root).as_posix() for file in files}:
        raise ValueError(f"There are no {missing}")
    for file in files:
        name = file.relative_to(root).as_posix()
        source = file.read_bytes()
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a template that looks like a module
            continue
        tree = lean(tree, name, documented=documented)
        code = compile(tree, f"{seen_at}/{name}", "exec", dont_inherit=True)
        header = MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + source_hash(source)
        file.with_suffix(".pyc").write_bytes(header + dumps(code))
        file.unlink()


def lean(tree: ast.Module, name: str, *, documented: bool = False) -> ast.Module:
    """The module `name` without what a request does not need. Raises ValueError."""
    tree = _Undocumented(is_typed=name == _TYPED_DICTS, classes=documented).visit(tree)
    if name == handlers.FILE:
        tree = handlers.keep_own(tree)
    if name in DEFERRED:
        tree = defer(tree, name, DEFERRED[name])
    tree = precompile(tree, name)
    return ast.fix_missing_locations(tree)


class _Undocumented(ast.NodeTransformer):
    def __init__(self, *, is_typed: bool, classes: bool) -> None:
        # What classes that are no more than a dictionary to Python are made of.
        self._typed = {"TypedDict"} if is_typed else set()
        self._classes = classes

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._bare(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._bare(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._bare(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if self._typed & {*map(ast.unparse, node.bases)}:
            self._typed.add(node.name)
            plain = ast.Assign([ast.Name(node.name, ast.Store())], ast.Name("dict", ast.Load()))
            return ast.copy_location(plain, node)
        is_dataclass = any("dataclass" in ast.unparse(one) for one in node.decorator_list)
        if self._classes and not is_dataclass:
            return self.generic_visit(node)
        self._bare(node)
        if is_dataclass:
            # Without one it would write its signature there: 0.2 million instructions for each.
            node.body.insert(0, ast.Expr(ast.Constant("-")))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "Doc":
            node.args = [ast.Constant("")]
        return self.generic_visit(node)

    def _bare(
        self, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    ) -> ast.AST:
        self.generic_visit(node)
        if ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.Pass())
        return node
