import copy
import io
import json
import logging
import pickle
import traceback

import pytest

from bot.reset.secret import Secret, SecretGone

DIGITS = "58204137"


@pytest.fixture
def secret() -> Secret:
    return Secret(DIGITS)


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        "{}".format,
        "{!r:>20}".format,
        "{:>20}".format,
        lambda s: f"{s}",
        lambda s: "%s %r" % (s, s),  # noqa: UP031 - what logging does
        lambda s: repr({"k": [s]}),
    ],
)
def test_is_masked_wherever_it_is_printed(secret: Secret, shown) -> None:
    assert DIGITS not in shown(secret)
    assert "•••" in shown(secret)


def test_is_masked_in_logs(secret: Secret) -> None:
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.warning("issued %s for %r", secret, {"secret": secret})
    assert DIGITS not in stream.getvalue()


def test_is_masked_in_tracebacks_that_show_variables(secret: Secret) -> None:
    try:
        raise RuntimeError(secret)
    except RuntimeError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert DIGITS not in shown


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_refuses_to_be_copied(secret: Secret, copied) -> None:
    with pytest.raises(TypeError) as error:
        copied(secret)
    assert DIGITS not in str(error.value)


def test_has_no_dictionary_to_dump(secret: Secret) -> None:
    assert not hasattr(secret, "__dict__")


def test_reveals_until_it_is_wiped(secret: Secret) -> None:
    assert secret.reveal() == DIGITS
    secret.wipe()
    with pytest.raises(SecretGone):
        secret.reveal()
