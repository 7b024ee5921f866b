"""Reads e2e cases from YAML files; what is wrong in any of them is told with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.accounts.demo import DEMO_PEOPLE
from bot.design.case_values import ACTS, FIXTURE_KEYS, checks_of, fail, fixture_value, slot_value
from bot.design.cases import FIXTURES_FILE, Case, Check, Move, Situation
from bot.design.findings import At
from bot.design.sources import Design
from bot.errors import ScriptError, SettingsError
from bot.ports import Trouble
from bot.replies import HungUp
from bot.settings import Settings, with_section
from bot.yaml_lines import line_of, load_yaml

_FILE_KEYS: Final = ("fixtures", "test_cases")
_CASE_KEYS: Final = ("test_case", "fixtures", "steps")
_STEP: Final = "- user: cấp lại mật khẩu"
_FIXTURE: Final = "- ẩn số: {caller: null}"


def case_files(folder: Path) -> list[Path]:
    """Raises ScriptError: there is none."""
    files = sorted({*folder.glob("*.yml"), *folder.glob("*.yaml")})
    if not files:
        raise ScriptError(f"Không có ca thử (.yml) nào trong {folder}. Viết một ca, hoặc chỉ tệp khác.")
    return files


def read_cases(files: Iterable[Path], design: Design, settings: Settings) -> list[Case]:
    """The cases of these files, in order. Their fixtures are their own and those of `fixtures.yml` beside them.

    Raises:
        ScriptError: everything that is wrong in them, each with file and line.
    """
    faults: list[str] = []
    cases: list[Case] = []
    for file in files:
        if file.name != FIXTURES_FILE:
            cases += _cases(file, design, settings, faults)
    if faults:
        raise ScriptError("\n".join(dict.fromkeys(faults)))
    return cases


@dataclass(frozen=True, slots=True)
class _Fixture:
    file: Path
    parts: tuple[CommentedMap, ...]


def _cases(file: Path, design: Design, settings: Settings, faults: list[str]) -> Iterator[Case]:
    names: dict[str, At] = {}
    try:
        table = load_yaml(file, ScriptError)
        _known_keys(file, table, _FILE_KEYS)
        beside = file.with_name(FIXTURES_FILE)
        fixtures = _fixtures(beside, load_yaml(beside, ScriptError)) if beside.exists() else {}
        fixtures |= _fixtures(file, table)
        entries = _list(file, table, "test_cases", "- test_case: Tên ca")
    except ScriptError as fault:
        faults.append(str(fault))
        return
    for at, entry in _placed(file, entries):
        try:
            case = _Reader(design, settings, fixtures).case(entry, at)
            if case.name in names:
                fail(at, f"ca “{case.name}” trùng tên với {names[case.name]}. Đặt tên khác.")
            names[case.name] = at
            yield case
        except ScriptError as fault:
            faults.append(str(fault))


def _fixtures(file: Path, table: CommentedMap) -> dict[str, _Fixture]:
    """Rasa Pro's way of writing them is a list of one-key tables; a plain table says the same."""
    fixtures: dict[str, _Fixture] = {}
    if "fixtures" not in table:
        return fixtures
    for at, entry in _placed(file, _list(file, table, "fixtures", _FIXTURE)):
        if not isinstance(entry, CommentedMap) or len(entry) != 1:
            fail(at, f"mỗi fixture là một tên và những gì nó đặt, ví dụ: {_FIXTURE}")
        name, value = next(iter(entry.items()))
        parts = tuple(value) if isinstance(value, CommentedSeq) else (value,)
        for part in parts:
            if not isinstance(part, CommentedMap):
                fail(at, f"fixture {name} cần các khóa: {', '.join(FIXTURE_KEYS)}.")
            _known_keys(file, part, FIXTURE_KEYS)
        if str(name) in fixtures:
            fail(at, f"fixture {name} có hai lần. Đặt tên khác.")
        fixtures[str(name)] = _Fixture(file, parts)
    return fixtures


class _Reader:
    """Of one case."""

    def __init__(self, design: Design, settings: Settings, fixtures: Mapping[str, _Fixture]) -> None:
        self._design = design
        self._fixtures = fixtures
        self._checks = checks_of(design)
        self._situation = Situation(
            settings=settings,
            caller=DEMO_PEOPLE[0].phone,
            accounts={person.code: person.phone for person in DEMO_PEOPLE},
        )
        self._moves: list[Move] = []

    def case(self, entry: Any, at: At) -> Case:
        name = entry.get("test_case") if isinstance(entry, CommentedMap) else None
        if not isinstance(name, str) or not name.strip():
            fail(at, "mỗi ca cần tên, ví dụ: - test_case: Khớp thì đọc mật khẩu")
        _known_keys(at.file, entry, _CASE_KEYS)
        self._moves = [Move(at=at)]
        wanted = entry.get("fixtures", [])
        for fixture in wanted if isinstance(wanted, CommentedSeq) else [wanted] if wanted else []:
            if str(fixture) not in self._fixtures:
                may = ", ".join(self._fixtures) or "chưa có fixture nào"
                fail(At(at.file, line_of(entry, "fixtures")), f"không có fixture {fixture!r}. Có thể dùng: {may}.")
            self._set_up(self._fixtures[str(fixture)])
        self._steps(at.file, _list(at.file, entry, "steps", _STEP))
        for check in (check for move in self._moves[:-1] for check in move.checks):
            if check.key == "outcome" and check.value is not None:
                fail(check.at, "outcome là kết quả của cả cuộc gọi: chỉ đặt ở bước cuối.")
        return Case(name=name.strip(), at=at, situation=self._situation, moves=tuple(self._moves))

    def _set_up(self, fixture: _Fixture) -> None:
        for part in fixture.parts:
            for key, value in part.items():
                if key == "steps":
                    self._steps(fixture.file, _list(fixture.file, part, key, _STEP))
                elif key == "bot":
                    self._situation = replace(self._situation, settings=self._settings(fixture.file, part))
                else:
                    found = fixture_value(At(fixture.file, line_of(part, key)), key, value)
                    self._situation = replace(self._situation, **{key: found})

    def _settings(self, file: Path, part: CommentedMap) -> Settings:
        try:
            return with_section(self._situation.settings, part, "bot", file)
        except SettingsError as fault:
            raise ScriptError(str(fault)) from None

    def _steps(self, file: Path, steps: CommentedSeq) -> None:
        for at, step in _placed(file, steps):
            if not isinstance(step, CommentedMap):
                fail(at, "mỗi bước là một bảng, ví dụ: - user: đúng")
            _known_keys(file, step, (*ACTS, *self._checks))
            acts = [key for key in step if key in ACTS]
            if len(acts) > 1 or (acts and next(iter(step)) != acts[0]):
                fail(at, f"mỗi bước chỉ có một trong {', '.join(ACTS)}, viết trước những điều phải đúng sau đó.")
            if acts:
                self._moves.append(self._move(at, acts[0], step[acts[0]]))
            checks = [check for key in step if key not in ACTS for check in self._checked(file, step, key)]
            last = self._moves[-1]
            if isinstance(last.does, HungUp) and any(check.key != "outcome" for check in checks):
                fail(at, "sau khi người gọi gác máy chỉ còn outcome.")
            self._moves[-1] = replace(last, checks=(*last.checks, *checks))

    def _move(self, at: At, act: str, value: Any) -> Move:
        if isinstance(self._moves[-1].does, (HungUp, Trouble)):
            fail(at, "cuộc gọi đã kết thúc ở bước trước. Bỏ bước này, hoặc tách thành ca khác.")
        kind, does = ACTS[act]
        kind.check(at, act, value)
        return Move(at=at, does=does(value), said=value if act in ("user", "keys") else "")

    def _checked(self, file: Path, step: CommentedMap, key: str) -> Iterator[Check]:
        """A check for each thing that a key names; slots by name, or with their values: one, a table, or a list."""
        at, value = At(file, line_of(step, key)), step[key]
        several = key in ("utter", "bot", "slot_was_set", "slot_was_not_set") and isinstance(value, CommentedSeq)
        for one in value if several else [value]:
            if not key.startswith("slot_"):
                self._checks[key].check(at, key, one)
                yield Check(key, one, at)
                continue
            for name, wanted in one.items() if isinstance(one, CommentedMap) else [(one, None)]:
                if isinstance(one, CommentedMap) and wanted is None:
                    fail(at, f"{key}: {name} chưa có giá trị. Ghi giá trị, hoặc chỉ ghi tên slot.")
                yield Check(key, slot_value(self._design, at, name, wanted), at)


def _placed(file: Path, entries: CommentedSeq) -> Iterator[tuple[At, Any]]:
    """Each entry of a list with its place."""
    for index, entry in enumerate(entries):
        yield At(file, int(entries.lc.item(index)[0]) + 1), entry


def _list(file: Path, table: CommentedMap, key: str, example: str) -> CommentedSeq:
    value = table.get(key)
    if not isinstance(value, CommentedSeq):
        line = line_of(table, key) if key in table else table.lc.line + 1
        fail(At(file, line), f"cần {key}: là danh sách, mỗi dòng như {example}")
    return value


def _known_keys(file: Path, table: CommentedMap, known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            fail(At(file, line_of(table, key)), f"khóa lạ {key!r}. Có thể dùng: {', '.join(known)}.")
