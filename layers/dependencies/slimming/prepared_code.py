"""The methods that `@dataclass` and `namedtuple` write, compiled when the layer is built.

At every start they write the same source again and have it compiled: 2.3 million instructions for
each dataclass. Here they write them for stand-ins of the classes (the same fields and methods by
name), and what they wrote is kept as source and code, a module of its own: errand/prepared.py has
the standard library take the code where it has written that very source, and nowhere else.
"""

import ast
import collections
import dataclasses
from collections.abc import Iterable, Iterator
from importlib.util import MAGIC_NUMBER, source_hash
from marshal import dumps
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

# Third parties' with classes that a request for tasks loads.
PACKAGES = ("annotated_types", "anyio", "fastapi", "pydantic", "starlette")
# The standard library's with named tuples that an import of them makes.
STANDARD = (
    *("concurrent/futures/_base", "dis", "inspect", "platform", "shutil", "ssl", "tokenize"),
    "urllib/parse",
)
MODULE = "prepared_code"
_FLAGS = {"eq", "frozen", "init", "kw_only", "match_args", "order", "repr", "unsafe_hash"}
_OF_FIELDS = {"compare", "hash", "init", "kw_only", "repr"}
# `kept` is that of errand/fields.py.
_MAKE_FIELDS = {"field", "kept"}
_KINDS = {
    "ClassVar": ast.Name("ClassVar", ast.Load()),
    "InitVar": ast.parse("dataclasses.InitVar[object]", mode="eval").body,
    "KW_ONLY": ast.parse("dataclasses.KW_ONLY", mode="eval").body,
}
_UNCHECKED_HASH = 1


def prepare(
    root: Path, packages: Iterable[str] = PACKAGES, standard: Iterable[str] = STANDARD
) -> None:
    """Of the sources in `root`, before they are compiled; the module goes there if needed."""
    texts: set[str] = set()
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            texts |= {*written(ast.parse(file.read_bytes()))}
    library = Path(ast.__file__).parent
    for file in [*root.rglob("*.py"), *(library / f"{name}.py" for name in standard)]:
        source = file.read_bytes()
        if b"amedtuple" in source or b"NamedTuple" in source:
            texts |= {*named(ast.parse(source))}
    if not texts:
        return
    pairs = tuple((text, _compiled(text)) for text in sorted(texts))
    module = compile("CODE = 'of the texts'", MODULE, "exec")
    consts: Any = tuple(pairs if one == "of the texts" else one for one in module.co_consts)
    content = dumps(module.replace(co_consts=consts))
    header = MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + source_hash(b"")
    (root / f"{MODULE}.pyc").write_bytes(header + content)


def _compiled(text: str) -> CodeType:
    # As `exec` and `eval` do it with a text.
    mode = "eval" if text.startswith("lambda ") else "exec"
    return compile(text, "<string>", mode, dont_inherit=True)


def named(tree: ast.Module) -> list[str]:
    """What `namedtuple` writes for those of a module whose fields stand there."""
    texts: list[str] = []

    def evaluate(text: str, *namespaces: Any) -> Any:
        texts.append(text)
        return eval(text, *namespaces)  # noqa: S307 - as collections does

    module: Any = collections
    module.eval = evaluate
    try:
        for fields in map(_fields, ast.walk(tree)):
            if fields:
                collections.namedtuple("StandIn", fields)  # noqa: PYI024 - of names alone
    finally:
        del module.eval
    return texts


def _fields(node: ast.AST) -> list[str]:
    """Of a named tuple; none of any other node, and of one whose fields are reckoned."""
    match node:
        case ast.Call(ast.Name("namedtuple") | ast.Attribute(_, "namedtuple"), [_, named, *_]):
            try:
                found = ast.literal_eval(named)
            except ValueError:
                return []
            return found.replace(",", " ").split() if isinstance(found, str) else [*found]
        case ast.ClassDef(_, bases) if any(
            ast.unparse(base).rpartition(".")[2] == "NamedTuple" for base in bases
        ):
            return [
                one.target.id
                for one in node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
    return []


def written(tree: ast.Module) -> list[str]:
    """What `@dataclass` writes for the classes of a module; those it cannot take are left out."""
    texts: list[str] = []

    def execute(text: str, *namespaces: Any) -> None:
        texts.append(text)
        exec(text, *namespaces)  # noqa: S102 - as dataclasses does

    names: dict[str, Any] = {"dataclasses": dataclasses, "ClassVar": ClassVar, "__name__": ""}
    module: Any = dataclasses
    module.exec = execute
    try:
        for node in _classes(tree):
            stand_in = ast.Module([_stand_in(node, names)], [])
            code = compile(ast.fix_missing_locations(stand_in), "", "exec", dont_inherit=True)
            try:
                exec(code, names)  # noqa: S102 - of names alone
            except (TypeError, ValueError):  # fields whose order hangs on a class of another module
                continue
    finally:
        del module.exec
    return texts


def _classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(map(_is_dataclass, node.decorator_list)):
            yield node


def _is_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] == "dataclass"


def _stand_in(node: ast.ClassDef, known: dict[str, Any]) -> ast.ClassDef:
    (decorator,) = filter(_is_dataclass, node.decorator_list)
    flags = _literals(decorator.keywords, _FLAGS) if isinstance(decorator, ast.Call) else []
    called = ast.parse("dataclasses.dataclass()", mode="eval").body
    assert isinstance(called, ast.Call)  # noqa: S101 - for mypy
    called.keywords = flags
    bases: list[ast.expr] = [
        base for base in node.bases if isinstance(base, ast.Name) and base.id in known
    ]
    body = [made for statement in node.body if (made := _statement(statement))]
    return ast.ClassDef(node.name, bases, [], body or [ast.Pass()], [called], [])


def _statement(statement: ast.stmt) -> ast.stmt | None:
    if isinstance(statement, ast.FunctionDef):
        return ast.parse(f"def {statement.name}(self): ...").body[0]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        head = ast.unparse(statement.annotation).strip("'\"").partition("[")[0]
        kind = _KINDS.get(head.rpartition(".")[2], ast.Name("object", ast.Load()))
        value = _default(statement.value) if statement.value else None
        return ast.AnnAssign(statement.target, kind, value, simple=1)
    return None


def _default(value: ast.expr) -> ast.expr:
    called = ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    if isinstance(value, ast.Call) and called in _MAKE_FIELDS:
        field = ast.parse("dataclasses.field()", mode="eval").body
        assert isinstance(field, ast.Call)  # noqa: S101 - for mypy
        field.keywords = _literals(value.keywords, _OF_FIELDS)
        if any(keyword.arg == "secret" for keyword in value.keywords):
            field.keywords.append(ast.keyword("repr", ast.Constant(value=False)))
        given = {keyword.arg for keyword in value.keywords}
        if "default" in given:
            field.keywords.append(ast.keyword("default", ast.Constant(None)))
        if "default_factory" in given:
            field.keywords.append(ast.keyword("default_factory", ast.Name("list", ast.Load())))
        return field
    return ast.Constant(None)


def _literals(keywords: list[ast.keyword], wanted: set[str]) -> list[ast.keyword]:
    return [
        keyword
        for keyword in keywords
        if keyword.arg in wanted and isinstance(keyword.value, ast.Constant)
    ]
