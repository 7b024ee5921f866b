"""People who do not exist: names that say so, codes of no province, numbers of a range that is not in use.

The first one has the code and the number that the documentation shows.
"""

from __future__ import annotations

from bot.accounts.account import Person

DEMO_PEOPLE = (
    Person(
        code="0123456789",
        phone="0912345678",
        name="Nguyễn Văn Thí Dụ",
        email="thi.du@example.com",
        citizen_id_ending="2468",
    ),
    Person(code="0055512340", phone="0400000001", name="Trần Thị Ví Dụ", email="vi.du@example.com"),
    Person(code="0014725836", phone="0400000002", name="Lê Văn Thử Nghiệm", email=None),
    Person(code="0098007006", phone="0400000003", name="Phạm Thị Bản Mẫu", email=None),
    Person(code="0044144544", phone="0400000004", name="Hoàng Văn Giả Định", email="gia.dinh@example.com"),
    Person(code="0020304050", phone="0400000005", name="Võ Thị Không Có Thật", email=None),
)
