"""Everything that Rasa's own validator knows, of the files that are trained and of the test stories."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.error import YAMLError

from bot.design.findings import At, Finding, Severity
from bot.design.rasa_sentences import RasaSentences
from bot.design.sources import Design
from bot.dialogue.training import DialogueSources

_IN_FILE: Final = re.compile(r"in (?P<file>\S.*?\.ya?ml):(?P<line>\d+):")


def rasa_findings(sources: DialogueSources, design: Design) -> list[Finding]:
    """Run `rasa.validator.Validator` over what is trained, then over the test stories.

    Importing Rasa takes most of the time.
    """
    from rasa.shared.exceptions import RasaException  # noqa: PLC0415 - takes seconds to load
    from rasa.shared.importers.importer import TrainingDataImporter  # noqa: PLC0415
    from rasa.validator import Validator  # noqa: PLC0415

    def importer(files: Iterable[Path]) -> Any:
        paths = sorted(map(str, files))
        return TrainingDataImporter.load_from_config(str(sources.config), str(sources.domain), paths)

    of_training: list[str] = []
    of_tests: list[str] = []
    unreadable = []
    try:
        with _listening(of_training):
            training = importer(sources.training_files)
            read = training.get_domain(), training.get_nlu_data()
            _verify(Validator(*read, training.get_stories(), training.get_config()))
        with _listening(of_tests):
            tests = importer({rule.at.file for rule in design.tests}).get_stories() if design.tests else None
            if tests and not read[0].is_empty():
                _verify_stories(Validator(*read, tests, None))
    except (RasaException, YAMLError, ValueError, KeyError, TypeError, AttributeError) as trouble:
        unreadable = [_unreadable(sources, trouble)]
    told = RasaSentences(sources, design, design.rules).findings(of_training)
    # Test stories are examples of calls: they need not use everything.
    told_of_tests = RasaSentences(sources, design, design.tests).findings(of_tests)
    wrong = [finding for finding in told_of_tests if finding.severity is Severity.ERROR]
    return list(dict.fromkeys([*told, *wrong, *unreadable]))


def _verify(validator: Any) -> None:
    if validator.verify_domain_validity():
        validator.verify_example_repetition_in_intents()
        _verify_stories(validator)
        validator.verify_form_slots()
        validator.verify_slot_mappings()
        validator.verify_story_structure()
    validator.warn_if_config_mandatory_keys_are_not_set()


def _verify_stories(validator: Any) -> None:
    validator.verify_intents_in_stories()  # and in the examples
    validator.verify_utterances_in_stories()
    validator.verify_forms_in_stories_rules()
    validator.verify_actions_in_stories_rules()


@contextlib.contextmanager
def _listening(sentences: list[str]) -> Iterator[None]:
    """Keeps Rasa's warnings, and the conflicts between stories, which it only logs."""
    handler, logger = _Keeper(sentences), logging.getLogger("rasa.validator")
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("always")
            yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        sentences += [str(one.message) for one in caught if one.category in (UserWarning, FutureWarning)]


class _Keeper(logging.Handler):
    def __init__(self, sentences: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._sentences = sentences

    def emit(self, record: logging.LogRecord) -> None:
        self._sentences.append(record.getMessage())


def _unreadable(sources: DialogueSources, trouble: Exception) -> Finding:
    text = str(trouble)
    found = _IN_FILE.search(text)
    at = At(Path(found["file"]), int(found["line"])) if found else At(sources.domain)
    reason = " ".join(text.rpartition("validation:")[2].split())
    return Finding(Severity.ERROR, "unreadable", at, f"Rasa không đọc được: {reason}")
