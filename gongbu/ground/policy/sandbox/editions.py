"""Editions of a pack as files (path → text): read from a folder or an archive, loaded, checked against what is installed."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

import yaml
from django.conf import settings

from gongbu.ground.basics import clock
from gongbu.ground.basics.findings import NotFound, Refusal
from gongbu.ground.policy import queries, stored
from gongbu.ground.policy.checking import check_packs
from gongbu.ground.policy.models import StoredPack
from gongbu.ground.policy.reading import Fault, PackFaults
from gongbu.ground.policy.rules.policy import Pack

Files = Mapping[str, str]
MAX_FILES = 400
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 8_000_000
MAX_ARCHIVE_BYTES = 4_000_000
MAX_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Checked:
    """A trial edition with what is wrong with it. ``trial`` is None when it cannot even be read.

    ``faults`` keep it from being replayed. ``cases`` are golden cases that answer otherwise now: it can be replayed, but
    not adopted before they are mended. ``notes`` stop nothing.
    """

    trial: Pack | None
    base: Pack | None
    faults: tuple[Fault, ...] = ()
    cases: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


def too_large(most_bytes: int) -> Refusal:
    """Return the refusal of an edition with too many files or bytes."""
    return Refusal("sandbox.too_large", files=MAX_FILES, mb=most_bytes // 1_000_000)


def read_folder(folder: Path) -> dict[str, str]:
    """Return the files of a pack folder.

    :raises Refusal: ``sandbox.bad_path`` (a link), ``sandbox.too_large``, ``sandbox.not_text``, ``sandbox.not_flat``,
        ``sandbox.no_head``
    """
    folder = folder.resolve()
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() and not name.startswith("."):  # it points out of the folder, at anything
            raise Refusal("sandbox.bad_path", name=name[:80])
        if path.is_file() and not any(part.startswith(".") for part in PurePosixPath(name).parts):
            if len(found) >= MAX_FILES or path.stat().st_size > MAX_FILE_BYTES:
                raise too_large(MAX_TOTAL_BYTES)
            found[name] = path.read_bytes()
    return _as_text(found)


def read_archive(content: bytes) -> dict[str, str]:
    """Return the files of a zipped pack folder; one folder around everything is taken off.

    Nothing is written: names are read as text, sizes are counted while unpacking, so that neither a path nor a bomb does harm.

    :raises Refusal: ``sandbox.not_zip``, ``sandbox.bad_path``, ``sandbox.too_large``, ``sandbox.not_text``, ``sandbox.not_flat``, ``sandbox.no_head``
    """
    if len(content) > MAX_ARCHIVE_BYTES:
        raise too_large(MAX_ARCHIVE_BYTES)
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > MAX_FILES:
                raise too_large(MAX_TOTAL_BYTES)
            total = 0
            for info in members:
                name = _safe_name(info)
                if any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts):
                    continue
                with archive.open(info) as member:
                    text = member.read(MAX_FILE_BYTES + 1)
                total += len(text)
                if len(text) > MAX_FILE_BYTES or total > MAX_TOTAL_BYTES or name in found:
                    raise too_large(MAX_TOTAL_BYTES)
                found[name] = text
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Refusal("sandbox.not_zip") from error
    if "pack.yaml" not in found:
        tops = {PurePosixPath(name).parts[0] for name in found}
        if len(tops) == 1 and f"{(top := tops.pop())}/pack.yaml" in found:
            found = {name.removeprefix(f"{top}/"): text for name, text in found.items()}
    return _as_text(found)


def _safe_name(info: zipfile.ZipInfo) -> str:
    name = info.filename.replace("\\", "/")
    path = PurePosixPath(name)
    is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
    if path.is_absolute() or ".." in path.parts or ":" in name or "\x00" in name or is_link or len(name) > 200:
        raise Refusal("sandbox.bad_path", name=name[:80])
    return str(path)


def _as_text(found: Mapping[str, bytes]) -> dict[str, str]:
    files = {}
    for name, content in found.items():
        try:
            files[name] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refusal("sandbox.not_text", name=name[:80]) from error
        _require_flat(name, files[name])
    if "pack.yaml" not in files:
        raise Refusal("sandbox.no_head")
    return files


def _require_flat(name: str, text: str) -> None:
    """Refuse references and deep nesting, with which a small file would grow beyond all bounds when read.

    :raises Refusal: ``sandbox.not_flat``
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > MAX_DEPTH:
                raise Refusal("sandbox.not_flat", name=name[:80])
    except yaml.YAMLError:  # the loader says where
        return


def head_of(files: Files) -> tuple[str, str]:
    """Return key and version that ``pack.yaml`` gives, or empty strings when it cannot be read."""
    return stored.head_of_text(files.get("pack.yaml", ""))


def load(files: Files) -> Pack:
    """Load an edition among the installed packs.

    :raises PackFaults: listing every fault found
    """
    return stored.load(files, queries.installed_packs().values())


def files_of(pack_id: str) -> dict[str, str]:
    """Return the files of an installed or stored pack (0 or 1 query).

    :raises NotFound: no such pack
    """
    if stored.is_stored(pack_id):
        key, _, version = pack_id.partition("@")
        row = StoredPack.objects.filter(key=key, version=version).first()
        if row is None:
            raise NotFound("policy.pack_missing", pack=pack_id, known="、".join(queries.packs()))
        return dict(row.files)
    if pack_id not in queries.installed_packs():
        raise NotFound("policy.pack_missing", pack=pack_id, known="、".join(queries.packs()))
    return read_folder(Path(settings.PACKS_DIR) / pack_id)


def check(files: Files, base_id: str = "") -> Checked:
    """Load an edition and prove it: shapes, completeness and overlap, references, statutory limits, golden cases.

    ``base_id``: the pack it was made from, by default the installed one of its key.
    """
    installed = queries.installed_packs()
    base = queries.packs().get(base_id or head_of(files)[0])
    try:
        trial = load(files)
    except PackFaults as error:
        return Checked(None, base, error.faults)
    report = check_packs({**installed, trial.key: trial}, [trial.key])
    cases = tuple(fault for fault in report.faults if fault.file.startswith(f"{trial.key}/cases/"))
    faults = tuple(fault for fault in report.faults if fault not in cases)
    return Checked(trial, base, faults, cases, tuple(report.notes))


def natural_day(trial: Pack, base: Pack | None) -> date:
    """Return the day to replay on: today, or the first later day on which something new of the trial is in force."""
    today = clock.today()
    known = base.records if base else {}
    later = [
        one.effective_from
        for versions in trial.tables.values()
        for one in versions
        if one.hash not in known and one.effective_from > today
    ]
    later += [
        one.effective_from
        for parameter in trial.parameters.values()
        for one in parameter.versions
        if one.hash not in known and one.effective_from > today
    ]
    return max(later, default=today)
