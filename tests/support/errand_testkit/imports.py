"""Which module imports which, told from the sources: nothing is imported to find out."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROLES = ("model", "schemas", "repository", "service")

type Graph = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True)
class Module:
    """`feature`: the folder that holds the role, whatever it is nested in; None outside of one."""

    name: str
    feature: str | None
    role: str | None


@dataclass(frozen=True)
class Sources:
    """Every module below some import roots, by its dotted name.

    The features are the folders of `package`, but those of `shared`.
    """

    roots: tuple[Path, ...]
    package: str
    shared: frozenset[str] = frozenset()

    @cached_property
    def paths(self) -> dict[str, Path]:
        return {
            _name(path.relative_to(root)): path
            for root in self.roots
            for path in sorted(root.rglob("*.py"))
            if "__pycache__" not in path.parts
        }

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        return {name: ast.parse(path.read_text()) for name, path in self.paths.items()}

    @cached_property
    def features(self) -> frozenset[str]:
        """Every folder in `package` that holds modules of its own; a role can be a folder, too."""
        folders = {self._folder(name) for name in self.paths if name.startswith(f"{self.package}.")}
        return frozenset(folders - {self.package, *self.shared})

    def _folder(self, name: str) -> str:
        parts = name.split(".")
        role = min((parts.index(role) for role in ROLES if role in parts), default=None)
        if self.paths[name].name == "__init__.py" and role is None:
            return self.package
        return ".".join(parts[: len(parts) - 1 if role is None else role])

    def module(self, name: str) -> Module:
        feature = max(
            (one for one in self.features if f"{name}.".startswith(f"{one}.")),
            key=len,
            default=None,
        )
        role = name.removeprefix(f"{feature}.").partition(".")[0]
        return Module(name, feature, role if feature and role in ROLES else None)

    @cached_property
    def imports(self) -> Graph:
        """Module -> what it imports, wherever in it: ours by module, others by package."""
        return {name: self._imports(name, at_start=False) for name in self.paths}

    @cached_property
    def at_start(self) -> Graph:
        """The same of ours, without what is imported in a function or for annotations only."""
        return {name: self._imports(name, at_start=True) & self.paths.keys() for name in self.paths}

    def _imports(self, name: str, *, at_start: bool) -> frozenset[str]:
        is_package = self.paths[name].name == "__init__.py"
        package = name if is_package else name.rpartition(".")[0]
        targets = _targets(self.trees[name], package, at_start=at_start)
        return frozenset(map(self._known, targets)) - {name}

    def _known(self, target: str) -> str:
        """The module that holds what is imported: `a.b` of `from a.b import name`."""
        found = target
        while found and found not in self.paths:
            found = found.rpartition(".")[0]
        return found or target.partition(".")[0]


def cycles(graph: Graph) -> set[frozenset[str]]:
    """Whatever reaches itself, with all that it reaches on the way."""
    reached = {start: _reached(graph, start) for start in graph}
    return {
        frozenset(end for end in ends if start in reached.get(end, ()))
        for start, ends in reached.items()
        if start in ends
    }


def _reached(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [*graph[start]]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(graph.get(node, ()))
    return found


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(tree: ast.Module, package: str, *, at_start: bool) -> Iterator[str]:
    for node in _nodes(tree.body, at_start=at_start):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, (base, node.module)))
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _nodes(body: Iterable[ast.AST], *, at_start: bool) -> Iterator[ast.AST]:
    """All in which an import can be."""
    for node in body:
        if isinstance(node, ast.expr) or (at_start and _is_later(node)):
            continue
        yield node
        yield from _nodes(ast.iter_child_nodes(node), at_start=at_start)


def _is_later(node: ast.AST) -> bool:
    """In a function, or for annotations only."""
    is_in_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return is_in_function or is_for_types
