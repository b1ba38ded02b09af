"""The tree against published vectors, against itself recomputed, and against every flipped bit."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongbu.ground.ledger import hashing, tree

sha256 = hashing.digest_of("SHA-256")
sm3 = hashing.digest_of("SM3")

# The well-known test inputs of the Certificate Transparency reference tree, with their SHA-256 roots for sizes 1–8.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(count, digest=sm3):
    return [tree.leaf_hash(f"entry {number}".encode(), digest) for number in range(count)]


def node_at(leaves, digest=sm3):
    nodes = {(level, index): value for level, index, value in tree.perfect_nodes(leaves, digest)}
    return lambda level, index: nodes[level, index]


def plain_root(leaves, digest=sm3):
    """RFC 9162 §2.1.1 written down as it stands there."""
    if not leaves:
        return digest(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return tree.node_hash(plain_root(leaves[:split], digest), plain_root(leaves[split:], digest), digest)


def test_sm3_of_the_standard():
    """GB/T 32905-2016 Appendix A: "abc", and "abcd" sixteen times."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert hashing._sm3_of_cryptography(b"abc") == sm3(b"abc")


def test_unknown_algorithm_is_refused():
    with pytest.raises(ValueError, match="MD5"):
        hashing.digest_of("MD5")


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size):
    leaves = [tree.leaf_hash(bytes.fromhex(text), sha256) for text in INPUTS[:size]]
    assert tree.root_of(leaves, sha256).hex() == ROOTS[size - 1]


def test_empty_tree_is_the_hash_of_nothing():
    assert tree.root_of([], sha256).hex() == hashlib.sha256(b"").hexdigest()


@given(st.integers(1, 130), st.data())
def test_growing_equals_recomputing(size, data):
    """Stopping anywhere and going on from the stored nodes gives the same tree as building it at once."""
    leaves, stop = leaves_of(size), data.draw(st.integers(0, size))
    frontier = tree.frontier_at(stop, node_at(leaves), sm3)
    made = [node for leaf in leaves[stop:] for node in frontier.append(leaf)]
    assert frontier.root() == plain_root(leaves)
    assert frontier.size == size
    assert made == [node for node in list(tree.perfect_nodes(leaves, sm3)) if node[0] and _completed_at(node) > stop]


def _completed_at(node):
    return (node[1] + 1) << node[0]


@given(st.integers(1, 130), st.data())
def test_inclusion_proofs_hold_and_break_with_any_bit(size, data):
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    root = plain_root(leaves)
    path = tree.inclusion_path(index, size, node_at(leaves), sm3)
    assert tree.verify_inclusion(leaves[index], index, size, path, root, sm3)
    where = data.draw(st.integers(0, len(path)))
    bit = data.draw(st.integers(0, 255))
    if where == len(path):
        assert not tree.verify_inclusion(flip(leaves[index], bit), index, size, path, root, sm3)
    else:
        broken = [*path[:where], flip(path[where], bit), *path[where + 1 :]]
        assert not tree.verify_inclusion(leaves[index], index, size, broken, root, sm3)
    other = data.draw(st.integers(0, size - 1))
    assert tree.verify_inclusion(leaves[index], other, size, path, root, sm3) == (other == index)
    assert not tree.verify_inclusion(leaves[index], index, size, [*path, root], root, sm3)


@given(st.integers(1, 130), st.data())
def test_consistency_proofs_hold_and_break_with_any_bit(new, data):
    leaves, old = leaves_of(new), data.draw(st.integers(1, new))
    old_root, new_root = plain_root(leaves[:old]), plain_root(leaves)
    path = tree.consistency_path(old, new, node_at(leaves), sm3)
    assert tree.verify_consistency(old, new, old_root, new_root, path, sm3)
    bit = data.draw(st.integers(0, 255))
    assert not tree.verify_consistency(old, new, flip(old_root, bit), new_root, path, sm3)
    assert not tree.verify_consistency(old, new, old_root, flip(new_root, bit), path, sm3)
    if path:
        where = data.draw(st.integers(0, len(path) - 1))
        broken = [*path[:where], flip(path[where], bit), *path[where + 1 :]]
        assert not tree.verify_consistency(old, new, old_root, new_root, broken, sm3)


def flip(value, bit):
    number = int.from_bytes(value, "big") ^ (1 << bit)
    return number.to_bytes(len(value), "big")


def test_no_proof_for_what_is_not_there():
    with pytest.raises(ValueError, match="no leaf"):
        tree.inclusion_path(5, 5, node_at(leaves_of(5)), sm3)
    with pytest.raises(ValueError, match="no consistency"):
        tree.consistency_path(6, 5, node_at(leaves_of(5)), sm3)
    assert not tree.verify_inclusion(b"x" * 32, 5, 5, [], b"x" * 32, sm3)
