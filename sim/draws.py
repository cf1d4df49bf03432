"""Keyed draws: every random number is a pure function of its key, never of the order of calls.

The generator is Philox4x64-10 (Salmon, Moraes, Dror & Shaw 2011, *Parallel random numbers: as easy as 1, 2, 3*),
checked against its published known-answer vectors. Its 256-bit counter holds (person, other, step, item) and its
128-bit key holds (seed, purpose), so nothing is folded together and two keys that differ give two blocks.
Seeds and lasting identities are whole numbers from 0 to 2^63 − 1, so that they fit a signed word everywhere.
"""

import hashlib
from enum import IntEnum

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from worthsharing.sim.jit import JIT, draw, kernel

NOBODY = 0x7FFFFFFFFFFFFFFF  # stands in a key where no second person is involved; no person has this key
_MASK = 0xFFFFFFFFFFFFFFFF
_TO_UNIT = 1.0 / 4503599627370496.0  # 2^-52
_M0, _M1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
_KEY = "int64, int64, int64, int64, int64, int64"
_W0, _W1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B


class Purpose(IntEnum):
    """What a draw is for. A number, once given, is never used for anything else."""

    WORLD_SEED = 1
    MESSAGE_KEY = 2
    NETWORK = 3
    TRAIT_VISITS = 10
    TRAIT_SENSITIVITY = 11
    TRAIT_REWARD_APPEAL = 12
    TRAIT_TALKATIVE = 13
    TRAIT_ATTITUDE = 14
    TRAIT_THRESHOLD = 15
    INTEREST = 16
    STRONG_TIE = 17
    FIRST_CUSTOMER = 18
    FIRST_BUYER = 19
    FIRST_SHARER = 20
    POST_TIME = 30
    POST_TOPIC = 31
    POST_APPEAL = 32
    PAID_REACH = 33
    VISIT = 40  # four draws: when a visit comes and how far down it goes, and the same of the next visit
    SEE = 41  # how far down a visit goes: drawn with VISIT
    LIKE = 42  # so are this one and the next three, with REACTION, in this order
    COMMENT = 43
    SHARE = 44
    BOUGHT_FORWARD = 45
    MUTE = 46
    LEAVE = 47
    LEAVE_STYLE = 48
    FOLLOW = 49
    CONSIDER = 50
    DECIDE_WHEN = 51
    DECIDE = 52
    ASK = 53
    HELP = 54
    BASELINE_LEAVE = 55
    EXTERNAL = 56
    EVERYDAY_WHEN = 57
    EXPERIENCE_WHEN = 58
    EXPERIENCE = 59
    TELL = 60
    TIE = 61
    BASS = 62
    QUESTION = 63
    QUESTION_TOPIC = 64
    ASK_BRAND = 65
    REPLY = 66
    REPLY_WHEN = 67
    FEIGNED = 68
    DELETION = 69
    READ_COMMENTS = 70
    EVENT = 71
    EVENT_WHEN = 72
    TOPIC_POPULARITY = 73
    LEAVE_IGNORED = 74
    CLOSED = 75
    REACTION = 76


if JIT:

    @intrinsic
    def _high_word(_context, _a, _b):  # type: ignore[no-untyped-def]  # numba's own protocol
        """Upper 64 bits of the 128-bit product of two 64-bit numbers."""
        signature = types.uint64(types.uint64, types.uint64)

        def emit(_context, builder, _signature, operands):  # type: ignore[no-untyped-def]  # the same
            from llvmlite import ir  # only ever needed while compiling

            wide = ir.IntType(128)
            product = builder.mul(builder.zext(operands[0], wide), builder.zext(operands[1], wide))
            return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

        return signature, emit

    _U_M0, _U_M1, _U_W0, _U_W1 = np.uint64(_M0), np.uint64(_M1), np.uint64(_W0), np.uint64(_W1)

    @draw(f"UniTuple(uint64, 4)({_KEY})", merged=True)
    def block(
        seed: int, purpose: int, person: int, other: int, step: int, item: int
    ) -> tuple[int, int, int, int]:
        """The four 64-bit words of the Philox block of a key (the counter is person, other, step, item)."""
        c0, c1, c2, c3 = np.uint64(person), np.uint64(other), np.uint64(step), np.uint64(item)
        k0, k1 = np.uint64(seed), np.uint64(purpose)
        for _ in range(10):
            h0, l0 = _high_word(_U_M0, c0), _U_M0 * c0
            h1, l1 = _high_word(_U_M1, c2), _U_M1 * c2
            c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
            k0 += _U_W0
            k1 += _U_W1
        return c0, c1, c2, c3

    @draw("float64(uint64)")
    def _to_unit(word: int) -> float:
        # as a signed number, which a processor turns into a floating one in one instruction
        return (np.float64(np.int64(word >> np.uint64(12))) + 0.5) * _TO_UNIT

    @draw(f"float64({_KEY})")
    def uniform(seed: int, purpose: int, person: int, other: int, step: int, item: int) -> float:
        """Draw a uniform number in (0, 1), never exactly 0 or 1: a pure function of its key.

        seed: of the world, 0 to 2^63 − 1
        purpose: one of `Purpose`
        person, other: lasting identities; `NOBODY` where there is no other
        step: number of the step, 0 where the draw holds for the whole run
        item: lasting identity of a message, or an ordinal

        >>> uniform(1, 44, 7, 8, 0, 3) == uniform(1, 44, 7, 8, 0, 3) != uniform(1, 44, 7, 9, 0, 3)
        True

        Source: Philox4x64-10, Salmon et al. 2011.
        """
        return _to_unit(block(seed, purpose, person, other, step, item)[0])

    @draw(f"UniTuple(float64, 4)({_KEY})", merged=True)
    def uniform4(
        seed: int, purpose: int, person: int, other: int, step: int, item: int
    ) -> tuple[float, float, float, float]:
        """Draw four independent uniform numbers at the price of one; the first is that of `uniform`.

        For decisions that are always made together: the four words of one block.
        """
        one, two, three, four = block(seed, purpose, person, other, step, item)
        return _to_unit(one), _to_unit(two), _to_unit(three), _to_unit(four)

else:

    def block(
        seed: int, purpose: int, person: int, other: int, step: int, item: int
    ) -> tuple[int, int, int, int]:
        """The four 64-bit words of the Philox block of a key, in Python's own integers."""
        c0, c1, c2, c3 = int(person) & _MASK, int(other) & _MASK, int(step) & _MASK, int(item) & _MASK
        k0, k1 = int(seed) & _MASK, int(purpose) & _MASK
        for _ in range(10):
            p0, p1 = _M0 * c0, _M1 * c2
            c0, c1, c2, c3 = (p1 >> 64) ^ c1 ^ k0, p1 & _MASK, (p0 >> 64) ^ c3 ^ k1, p0 & _MASK
            k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
        return c0, c1, c2, c3

    def _to_unit(word: int) -> float:
        return (float(word >> 12) + 0.5) * _TO_UNIT

    def uniform(seed: int, purpose: int, person: int, other: int, step: int, item: int) -> float:
        """Draw a uniform number in (0, 1), never exactly 0 or 1: a pure function of its key."""
        return _to_unit(block(seed, purpose, person, other, step, item)[0])

    def uniform4(
        seed: int, purpose: int, person: int, other: int, step: int, item: int
    ) -> tuple[float, float, float, float]:
        """Draw four independent uniform numbers at the price of one; the first is that of `uniform`."""
        one, two, three, four = block(seed, purpose, person, other, step, item)
        return _to_unit(one), _to_unit(two), _to_unit(three), _to_unit(four)


@draw("int64(int64, int64, int64, int64)")
def identity(author: int, kind: int, step: int, ordinal: int) -> int:
    """Lasting identity of a message born in a run: a fixed hash of who wrote what kind when, as the how-manieth.

    It does not depend on the seed, so the same message has the same identity in every world.
    """
    word = block(0, 2, author, kind, step, ordinal)[0]
    return np.int64(word >> np.uint64(1)) if JIT else np.int64(int(word) >> 1)


@kernel
def uniforms(
    seed: int, purpose: int, people: NDArray[np.int64], other: int, step: int, item: int
) -> NDArray[np.float64]:
    """Draw one number for each person key in `people`; the same numbers that `uniform` gives one by one."""
    drawn = np.empty(people.size, np.float64)
    for index in range(people.size):
        drawn[index] = uniform(seed, purpose, people[index], other, step, item)
    return drawn


def world_seed(seed: int, replicate: int) -> int:
    """Seed of one replicate's world, 63 bits, from the integer that a person typed and the replicate's number."""
    return int(block(seed, int(Purpose.WORLD_SEED), replicate, NOBODY, 0, 0)[0]) >> 1


def key_of_text(text: str) -> int:
    """Lasting identity of a name (a brand, a person's label): the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def generator(seed: int, stream: int) -> np.random.Generator:
    """A NumPy generator for building the world, where order of calls is fixed by the code that builds."""
    return np.random.Generator(np.random.Philox(key=np.array([seed & _MASK, stream], np.uint64)))
