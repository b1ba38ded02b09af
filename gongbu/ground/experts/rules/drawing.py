"""The random draw (随机抽取): who is drawn follows from a seed alone, and anybody can compute it again.

1. Before the pool is known to anybody, a seed of 32 random bytes is bound: its digest goes into the book.
2. On the spot a word may be spoken (现场字), which nobody knew before. ``final seed = H(seed ":" word)``.
3. Everybody eligible gets the rank ``H(final seed ":" number)``; the smallest digest is first in line.
4. Down the line each person is taken when, with those taken before, the places can still all be filled: a person with
   several specialties moves over to another one if that lets the next one in. So the counts hold whenever the pool
   allows them at all, and nobody later in line is taken in place of one who could have been.
5. Within a specialty the first in line are members, the next ones substitutes. A later replacement goes on down the
   same line; nothing is drawn a second time.

``H`` is the house's digest (SM3 unless said otherwise); seed and digests are written in lower-case hexadecimal.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

Digest = Callable[[bytes], bytes]
MEMBER, SUBSTITUTE = "MEMBER", "SUBSTITUTE"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody eligible: his number in the pool and his specialties."""

    number: int
    specialties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Need:
    """How many members and substitutes of a specialty are wanted."""

    specialty: str
    members: int
    substitutes: int = 0

    @property
    def places(self) -> int:
        """Members and substitutes together."""
        return self.members + self.substitutes


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was filled: by whom, for which specialty, as what, and his place in line (from 1)."""

    number: int
    specialty: str
    role: str
    rank: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A specialty whose places cannot all be filled: how many are wanted, how many are left open at best."""

    specialty: str
    wanted: int
    missing: int


class PoolTooSmall(Exception):
    """The places cannot all be filled; ``shortages`` says where the best attempt leaves gaps."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(", ".join(f"{s.specialty}: {s.missing} of {s.wanted}" for s in shortages))
        self.shortages = tuple(shortages)


def compute_commitment(seed: str, digest: Digest) -> str:
    """Return the digest that binds a seed (hex) before it is shown."""
    return digest(seed.encode()).hex()


def compute_final_seed(seed: str, word: str, digest: Digest) -> str:
    """Return the seed that orders the pool: the bound one mixed with the word spoken on the spot."""
    return digest(f"{seed}:{word}".encode()).hex()


def compute_line(final_seed: str, candidates: Iterable[Candidate], digest: Digest) -> list[Candidate]:
    """Return the candidates in line: by their rank digest, smallest first. Their order in the argument does not matter."""
    return sorted(candidates, key=lambda c: (digest(f"{final_seed}:{c.number}".encode()), c.number))


def draw(final_seed: str, candidates: Collection[Candidate], needs: Sequence[Need], digest: Digest) -> list[Place]:
    """Return the places filled, by specialty in the order of ``needs`` and by rank.

    :raises PoolTooSmall: the pool cannot fill all places, whatever the order
    """
    line = compute_line(final_seed, candidates, digest)
    rank = {candidate.number: at for at, candidate in enumerate(line, 1)}
    seated: dict[str, list[Candidate]] = {need.specialty: [] for need in needs}
    places = {need.specialty: need.places for need in needs}
    for candidate in line:
        _seat(candidate, seated, places, set())
    shortages = [
        Shortage(need.specialty, need.places, need.places - len(seated[need.specialty]))
        for need in needs
        if len(seated[need.specialty]) < need.places
    ]
    if shortages:
        raise PoolTooSmall(shortages)
    found = []
    for need in needs:
        by_rank = sorted(seated[need.specialty], key=lambda c: rank[c.number])
        for at, candidate in enumerate(by_rank):
            role = MEMBER if at < need.members else SUBSTITUTE
            found.append(Place(candidate.number, need.specialty, role, rank[candidate.number]))
    return found


def _seat(candidate: Candidate, seated: dict[str, list[Candidate]], places: dict[str, int], tried: set[str]) -> bool:
    """Seat a candidate, moving those seated to another of their specialties if need be (an augmenting path)."""
    for specialty in places:
        if specialty not in candidate.specialties or specialty in tried:
            continue
        tried.add(specialty)
        if len(seated[specialty]) < places[specialty]:
            seated[specialty].append(candidate)
            return True
        for at, other in enumerate(seated[specialty]):
            if _seat(other, seated, places, tried):
                seated[specialty][at] = candidate
                return True
    return False


def find_next(
    final_seed: str, candidates: Collection[Candidate], specialty: str, used: Collection[int], digest: Digest
) -> tuple[Candidate, int] | None:
    """Return who is next in line for a specialty among those not used yet, with his place in line; None when nobody is left.

    ``candidates`` is the pool of the draw, so that the line is the one that was drawn.
    """
    for at, candidate in enumerate(compute_line(final_seed, candidates, digest), 1):
        if candidate.number not in used and specialty in candidate.specialties:
            return candidate, at
    return None
