"""The one way to compile, and `RULES_DIGEST`, the fingerprint of the physics.

numba's file cache looks only at the file of the compiled function: after an edit to `rules.py` a cached kernel
would go on with the old rule (numba issue 1833). So the cache folder is named by a digest of every source of
`sim`, and the same digest enters the provenance of a run and the key of every stored result.
"""

import gc
import hashlib
import logging
import os
import platform
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import numba
import platformdirs
from numba import types
from numba.core import event
from numba.core.errors import TypingError
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])

log = logging.getLogger("worthsharing")


# no compiled function reads anything of these: an edit to them compiles nothing anew
NEVER_COMPILED = {
    "__init__.py",
    "agents.py",
    "compiling.py",
    "errors.py",
    "measures.py",
    "model.py",
    "network_files.py",
    "run.py",
    "trace.py",
}


def _digest_of_sources(without: frozenset[str] = frozenset()) -> str:
    """Fingerprint of the Python sources of `worthsharing.sim`, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    entries = files("worthsharing.sim").iterdir()
    sources = (entry for entry in entries if entry.name.endswith(".py") and entry.name not in without)
    for entry in sorted(sources, key=lambda entry: entry.name):
        digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


RULES_DIGEST: str = _digest_of_sources()
JIT: bool = not numba.config.DISABLE_JIT


def _usable_cache_dir() -> str | None:
    """Folder for compiled code of exactly these sources, or None when no place can be written."""
    root = os.environ.get("WORTHSHARING_CACHE") or platformdirs.user_cache_dir("worthsharing")
    compiled = _digest_of_sources(frozenset(NEVER_COMPILED))
    folder = Path(root) / "compiled" / f"{compiled}-numba{numba.__version__}-py{platform.python_version()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        log.warning("compiled code cannot be kept (%s): every start will compile again", error)
        return None
    return str(folder)


CACHE_DIR: str | None = _usable_cache_dir() if JIT else None


class _NoGarbageCollection(event.Listener):  # type: ignore[misc]  # numba is not typed
    """Compiling makes millions of objects that live: looking through them for garbage took a tenth of the time."""

    depth = 0  # a function is compiled while its caller is
    was_on = True

    def on_start(self, event: event.Event) -> None:
        if self.depth == 0:
            self.was_on = gc.isenabled()
            gc.disable()
        self.depth += 1

    def on_end(self, event: event.Event) -> None:
        self.depth -= 1
        if self.depth == 0 and self.was_on:
            gc.enable()


if JIT:
    event.register("numba:compile", _NoGarbageCollection())


def is_compiled() -> bool:
    """Whether compiled code of these sources is already on disk (else the first run compiles)."""
    return not JIT or (CACHE_DIR is not None and any(Path(CACHE_DIR).rglob("kernel.advance*.nbc")))


def _compile(
    function: Function,
    signature: str | None = None,
    *,
    allocates: bool = True,
    inline: str = "never",
    wrapped: bool = True,
    merged: bool = False,
) -> Function:
    before = numba.config.CACHE_DIR
    if CACHE_DIR is not None:
        # numba chooses the place when a function is decorated; other libraries keep theirs
        numba.config.CACHE_DIR = CACHE_DIR
    try:
        return numba.njit(
            signature,
            cache=CACHE_DIR is not None,
            nogil=True,
            error_model="numpy",
            _nrt=allocates,
            no_cfunc_wrapper=True,
            no_cpython_wrapper=not wrapped,
            inline=inline,
            forceinline=merged,
        )(function)
    finally:
        numba.config.CACHE_DIR = before


def rule(function: Function) -> Function:
    """Compile a rule: a pure scalar function, called by a Mesa agent and inlined in the kernel."""
    return _compile(function)


def draw(signature: str, *, merged: bool = False) -> Callable[[Function], Function]:
    """Compile a draw for one signature: numba would compile it anew for each literal number in a key.

    merged: put its machine code into its callers, where a call costs as much as the draw
    """
    return lambda function: _compile(function, signature, merged=merged)


def kernel(function: Function) -> Function:
    """Compile a loop over people or items. Runs without the GIL; never with fastmath, never in parallel."""
    return _compile(function)


def step_kernel(function: Function) -> Function:
    """Compile a kernel that makes no arrays: without numba's counting of references, which costs more than the work."""
    return _compile(function, allocates=False)


def kernel_part(function: Function) -> Function:
    """Compile a part of a kernel that only kernels call: without what Python would need to call it."""
    return _compile(function, allocates=False, wrapped=False)


def busy_part(function: Function) -> Function:
    """Compile a part of a kernel, and put its machine code into its callers: for what is called thousands of times a run.

    Handing tables over costs as much as a small piece of work; `inlined` saves it too, and compiles anew for each caller.
    """
    return _compile(function, allocates=False, wrapped=False, merged=True)


def busy_kernel(function: Function) -> Function:
    """Compile a busy part that Mesa agents call too."""
    return _compile(function, allocates=False, merged=True)


def inlined(function: Function) -> Function:
    """Compile a part of a kernel into its one caller: handing all tables over would cost more than its work."""
    return _compile(function, allocates=False, inline="always")


if JIT:

    @intrinsic
    def fetch_ahead(_context, table, row):  # type: ignore[no-untyped-def]  # numba's own protocol
        """Ask the processor for a row of a table that is needed soon; changes nothing but the time."""
        if not isinstance(table, types.Array):
            raise TypingError("fetch_ahead takes an array")
        signature = types.void(table, row)

        def emit(context, builder, signature, operands):  # type: ignore[no-untyped-def]  # the same
            from llvmlite import ir  # only ever needed while compiling

            word, address = ir.IntType(32), ir.IntType(8).as_pointer()
            array = context.make_array(signature.args[0])(context, builder, operands[0])
            stride = builder.extract_value(array.strides, 0)
            place = builder.gep(builder.bitcast(array.data, address), [builder.mul(operands[1], stride)])
            prefetch = builder.module.declare_intrinsic(
                "llvm.prefetch", [address], ir.FunctionType(ir.VoidType(), [address, word, word, word])
            )
            to_write, nearest, data = ir.Constant(word, 1), ir.Constant(word, 3), ir.Constant(word, 1)
            builder.call(prefetch, [place, to_write, nearest, data])
            return context.get_dummy_value()

        return signature, emit

else:

    def fetch_ahead(table: Any, row: int) -> None:
        """Do nothing: without compiled code there is nothing to hurry."""
