"""A person as a row of `accounts` holds them: two values to be found by, and everything else sealed."""

from __future__ import annotations

import json
from typing import Any

from bot.accounts.account import Person
from bot.accounts.data_key import DataKey


def columns_of(person: Person, key: DataKey) -> dict[str, object]:
    """`code_hmac`, `phone_hmac` and `sealed`; sealing the same person again gives other bytes."""
    owner = key.of_code(person.code)
    fields = {"code": person.code, "phone": person.phone, "name": person.name, "email": person.email}
    return {
        "code_hmac": owner,
        "phone_hmac": key.of_phone(person.phone),
        "sealed": key.seal(json.dumps(fields, ensure_ascii=False).encode(), owner),
    }


def person_in(row: Any, key: DataKey) -> Person:
    """
    Raises:
        AccountsError: `sealed` does not belong to `code_hmac`, or not to this key.
    """
    return Person(**json.loads(key.unseal(bytes(row.sealed), row.code_hmac)))
