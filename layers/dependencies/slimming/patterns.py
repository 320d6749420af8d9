"""Regular expressions in the form in which they are matched, made when the layer is built.

Parsing and compiling them would take a cold start 68 million instructions. Like byte code they
hold for one version of Python; where another one runs, they are compiled as ever.
"""

import ast
import re
from contextlib import suppress
from typing import Any

# Inside `re`, of this very version.
_compiler: Any = re._compiler  # type: ignore[attr-defined] # noqa: SLF001 - see above
# These put their expressions together from module-level texts.
COMPOSED = frozenset(
    {
        "botocore/compat.py",
        "botocore/utils.py",
        "errand/identity/personal_tokens/model.py",
        "errand/ids.py",
        "errand/text.py",
        "urllib3/util/url.py",
    }
)


def precompile(tree: ast.Module, file: str) -> ast.Module:
    names: dict[str, Any] = {"re": re}
    if file in COMPOSED:
        for statement in tree.body:
            if isinstance(statement, ast.Assign):
                # What needs more than texts and `re` has nothing to do with expressions.
                with suppress(Exception):
                    exec(compile(ast.Module([statement], []), file, "exec"), names)  # noqa: S102 - of a package that is about to be deployed
    precompiled: ast.Module = _Precompiled(names).visit(tree)
    return precompiled


class _Precompiled(ast.NodeTransformer):
    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) != "re.compile":
            return self.generic_visit(node)
        try:
            pattern = eval(compile(ast.Expression(node), "", "eval"), dict(self._names))  # noqa: S307 - as above
        except Exception:  # noqa: BLE001 - put together from something else
            return node
        made = f"__import__('_sre').compile({', '.join(map(repr, _parts(pattern)))})"
        is_known = f"__import__('_sre').MAGIC == {_compiler.MAGIC}"
        either = ast.parse(f"{made} if {is_known} else {ast.unparse(node)}", mode="eval").body
        return ast.copy_location(either, node)


def _parts(pattern: re.Pattern[Any]) -> tuple[Any, ...]:
    """The arguments of `_sre.compile`, as `re` itself finds them."""
    parsed = _compiler._parser.parse(pattern.pattern, pattern.flags)  # noqa: SLF001 - see above
    code = _compiler._code(parsed, pattern.flags)  # noqa: SLF001 - see above
    state = parsed.state
    index: list[str | None] = [None] * state.groups
    for name, group in state.groupdict.items():
        index[group] = name
    numbers = [int(number) for number in code]
    return pattern.pattern, pattern.flags, numbers, state.groups - 1, state.groupdict, tuple(index)
