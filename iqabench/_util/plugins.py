"""Plugin files: a Python file of the user's, imported with the modules that lie beside it.

A plugin may import its neighbours, at its top and inside of functions, as a script that is run may. Nobody else sees
them: two plugins may each have a ``helpers.py`` of their own, and no neighbour takes the place of an installed library
for other code. Sources are always read anew, never from Python's cache of compiled files, so that what runs is what is
hashed.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import importlib
import importlib.util
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import distribution
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from iqabench._util.blame import FILE_PREFIX, told
from iqabench._util.errors import MethodError
from iqabench._util.hashing import file_digest, files_digest
from iqabench._util.reading import files_read


@cache
def own_packages() -> frozenset[str]:
    """Packages of this distribution, of which there is one copy, even for a plugin that lies beside their sources."""
    return frozenset(re.split("[.:]", point.value)[0] for point in distribution("iqabench").entry_points)


_lock = threading.RLock()


class PluginFile:
    """A plugin file, its neighbours, and what of them was imported.

    Raises
    ------
    MethodError
        If there is no such file, it is no Python file, or importing it fails.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise MethodError(f"plugin file {path} does not exist")
        if path.suffix != ".py":
            raise MethodError(f"plugin file {path}: not a Python file; its name must end in .py")
        self.shown = path
        """As it was named."""
        self.path = path.resolve()
        self.folder = self.path.parent
        self.digests: dict[str, str] = {}
        """SHA-256 of each source that was imported and each file that was read then, by path relative to the folder."""
        self._neighbours: dict[str, ModuleType] = {}
        self._others: dict[str, ModuleType] = {}
        """Modules of the same names, kept while the neighbours are in their places."""
        self._importing = False
        importlib.invalidate_caches()
        self._importlib = ModuleType("importlib")
        place = hashlib.sha256(str(self.path).encode()).hexdigest()[:8]
        spec = importlib.util.spec_from_file_location(
            f"{FILE_PREFIX}{path.stem}_{place}", self.path, loader=_Loader(self, str(self.path))
        )
        assert spec is not None
        self.module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = self.module
        try:
            assert spec.loader is not None
            with files_read(self.folder) as read:
                spec.loader.exec_module(self.module)
        except (Exception, SystemExit) as error:
            raise MethodError(f"plugin file {path} cannot be imported: {told(error)}") from error
        self.digests |= read

    def code(self) -> dict[str, str]:
        """Name of the file, and one digest of it and of all of its folder that it imports, or reads when imported."""
        found = {file.relative_to(self.folder).as_posix(): file_digest(file) for file in self.sources()}
        return {"source": self.path.name, "sha256": files_digest(iter((found | self.digests).items()))}

    def sources(self) -> list[Path]:
        """The file, and what it imports from its folder, as its sources say: also what no call has imported yet."""
        return imported_sources(self.path, self.folder)

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """Import ``name`` as the plugin itself would."""
        full = importlib.util.resolve_name(name, package)
        with self._visible(self.is_neighbour(full), full):
            return importlib.import_module(full)

    def is_neighbour(self, name: str) -> bool:
        """True if the module ``name`` lies in the plugin's folder and is its own."""
        top = name.partition(".")[0]
        if top in own_packages() or top in sys.stdlib_module_names:
            return False
        spec = PathFinder.find_spec(top, [str(self.folder)])
        return spec is not None and (spec.origin is not None or self._has_sources(top))

    def _has_sources(self, top: str) -> bool:
        """A folder without ``__init__.py`` is a package only where it holds modules."""
        return any((self.folder / top).glob("*.py"))

    def _import(
        self,
        name: str,
        into: dict[str, Any] | None = None,
        local: dict[str, Any] | None = None,
        names: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """``__import__`` of the plugin's modules."""
        known = self._neighbours.get(name) if level == 0 else None
        if known is not None and all(one in vars(known) for one in names or ()):
            return known if names else self._neighbours[name.partition(".")[0]]
        own = level > 0 or self.is_neighbour(name)
        with self._visible(own, name if level == 0 else ""):
            found = builtins.__import__(name, into, local, names or (), level)
        if found is not importlib:
            return found
        # Its import_module must find neighbours, too, and nobody else's may.
        vars(self._importlib).update(vars(importlib), import_module=self.import_module)
        return self._importlib

    @contextmanager
    def _visible(self, visible: bool, name: str) -> Iterator[None]:
        """Let neighbours be found by their plain names while ``name`` is imported, or let them not be."""
        with _lock:
            before = self._importing
            self._show(visible)
            if visible:
                self._hide_others(name.partition(".")[0])
            try:
                yield
            finally:
                self._show(before)

    def _show(self, visible: bool) -> None:
        """Put the neighbours among Python's modules in the place of others of their names, or the others back."""
        if visible and not self._importing:
            self._others = {name: sys.modules[name] for name in self._neighbours if name in sys.modules}
            sys.modules.update(self._neighbours)
            sys.meta_path.insert(0, self)
        elif self._importing and not visible:
            sys.meta_path.remove(self)
            self._neighbours |= {name: module for name, module in sys.modules.items() if self._owns(module)}
            for name in self._neighbours:
                sys.modules.pop(name, None)
            sys.modules.update(self._others)
        self._importing = visible

    def _hide_others(self, top: str) -> None:
        """Take modules of the name ``top`` that are not the plugin's out of Python's, until it has imported its own."""
        for name, module in list(sys.modules.items()):
            if top and name.partition(".")[0] == top and not self._owns(module):
                self._others[name] = sys.modules.pop(name)

    def _owns(self, module: ModuleType) -> bool:
        spec = getattr(module, "__spec__", None)
        return isinstance(spec, ModuleSpec) and spec.loader_state is self

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        """Find a neighbour: this object stands among Python's finders while one is imported."""
        if not self._importing or not (path is not None or self.is_neighbour(name)):
            return None
        where = [str(self.folder)] if path is None else list(path)
        if not all(Path(one).resolve().is_relative_to(self.folder) for one in where):
            return None
        spec = PathFinder.find_spec(name, where)
        if spec is None:
            return None
        if isinstance(spec.loader, SourceFileLoader) and spec.origin is not None:
            spec.loader = _Loader(self, spec.origin, name)
        spec.loader_state = self
        return spec


class PluginFiles(tuple[Path, ...]):
    """The plugin files that a command was given, and whether they may take the names of others.

    Whoever asks it for the files themselves shares them: each is imported once for a command.
    """

    allow_override: bool
    _opened: list[PluginFile] | None

    def __new__(cls, files: Iterable[Path] = (), allow_override: bool = False) -> PluginFiles:
        made = super().__new__(cls, files)
        made.allow_override = allow_override
        made._opened = None
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens them itself."""
        return PluginFiles, (tuple(self), self.allow_override)

    def absolute(self) -> PluginFiles:
        """The same files, found from every folder."""
        return PluginFiles((path.absolute() for path in self), self.allow_override)

    def opened(self) -> list[PluginFile]:
        """The files, imported, each once however often it is named; raises MethodError as :class:`PluginFile`."""
        if self._opened is None:
            self._opened = [PluginFile(path) for path in {path.resolve(): path for path in self}.values()]
        return self._opened


class _Loader(SourceFileLoader):
    """Compiles a source as it is now, notes its digest, and gives it the plugin's way of importing."""

    def __init__(self, plugin: PluginFile, path: str, name: str = "") -> None:
        super().__init__(name or f"iqabench_plugin_{Path(path).stem}", path)
        self._plugin = plugin
        self._name = name

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source; no cache is read or written."""
        content = Path(self.path).read_bytes()
        self._plugin.digests[_relative(Path(self.path), self._plugin.folder)] = hashlib.sha256(content).hexdigest()
        return self.source_to_code(content, self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module."""
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": self._plugin._import}
        super().exec_module(module)


def imported_sources(start: Path, folder: Path) -> list[Path]:
    """``start`` and every source below ``folder`` that it imports, directly or not; a package with all it holds."""
    found: dict[Path, None] = {}
    waiting = [start]
    while waiting:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        found[file] = None
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):  # whoever imports it is told
            continue
        for name in _imported_names(tree, file, folder):
            waiting += _sources_of(name, folder)
    return list(found)


def _imported_names(tree: ast.AST, file: Path, folder: Path) -> Iterator[str]:
    package = file.relative_to(folder).parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            yield base
            yield from (f"{base}.{one.name}" if base else one.name for one in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            # importlib.import_module("name") and the like; a text that names no module here is no harm.
            yield str(node.args[0].value)


def _sources_of(name: str, folder: Path) -> list[Path]:
    """The files that importing ``name`` may run: a module, or a package's every module."""
    top = name.partition(".")[0]
    if not top.isidentifier() or top in own_packages() or top in sys.stdlib_module_names:
        return []
    module, package = folder / f"{top}.py", folder / top
    inside = sorted(package.rglob("*.py")) if package.is_dir() else []
    return [*([module] if module.is_file() else []), *inside]


def _relative(file: Path, folder: Path) -> str:
    resolved = file.resolve()
    return resolved.relative_to(folder).as_posix() if resolved.is_relative_to(folder) else resolved.as_posix()
