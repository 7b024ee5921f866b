"""What a voice is given to say that it has never been prepared for, and what people say in its place."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

from bot.audio import WIDE_BAND_HZ
from bot.errors import AudioError
from bot.evaluate.recordings import Clip

# What an operator might have the bot say: addresses, opening hours, days, money, papers. None is a prompt, and no voice
# may be trained or tuned on them.
SENTENCES: Final = (
    "Cơ quan bảo hiểm xã hội quận Hà Đông ở số 25 đường Tô Hiệu.",
    "Bộ phận một cửa nằm ở tầng 2, phòng 204, bên phải cầu thang.",
    "Trụ sở mới ở ngã tư Trần Hưng Đạo và Lý Thường Kiệt, đối diện bưu điện.",
    "Xin mời đi cổng sau, phố Nguyễn Trãi, vì cổng chính đang sửa.",
    "Từ bến xe trung tâm, đi thẳng 300 mét rồi rẽ trái.",
    "Bảo hiểm xã hội thành phố Đà Nẵng đã chuyển về số 120 đường Bạch Đằng.",
    "Bãi gửi xe ở phía sau tòa nhà, không thu tiền.",
    "Ai ở huyện Củ Chi thì nộp hồ sơ tại văn phòng thị trấn.",
    "Văn phòng mở cửa từ 7h30 đến 11h30, chiều từ 13h30 đến 17h.",
    "Thứ bảy chúng tôi làm việc buổi sáng, chủ nhật nghỉ.",
    "Ngày mai văn phòng nghỉ vì mất điện.",
    "Giờ vắng nhất là đầu giờ chiều thứ tư.",
    "Quầy số 3 nhận hồ sơ đến 16h45 mỗi ngày.",
    "Trong tháng bảy, phòng tiếp dân mở thêm buổi tối thứ năm.",
    "Từ mùng một đến mùng sáu Tết, mọi văn phòng đều đóng cửa.",
    "Thẻ bảo hiểm y tế của hộ gia đình có giá trị từ ngày 01/01/2027.",
    "Hạn nộp hồ sơ là 15/9/2026, tính theo dấu bưu điện.",
    "Lương hưu tháng này được trả vào ngày mùng năm.",
    "Hệ thống bảo trì từ đêm 20/11/2026 đến sáng hôm sau.",
    "Kết quả có sau 5 ngày làm việc, không kể ngày lễ.",
    "Lịch hẹn của ông là 9 giờ sáng thứ hai tuần sau.",
    "Giấy hẹn hết hạn thì lấy số mới tại quầy hướng dẫn.",
    "Mức đóng của người thứ nhất là 972.000đ một năm.",
    "Học sinh được nhà nước hỗ trợ 50% tiền đóng.",
    "Cấp lại thẻ không mất tiền, kể cả làm lần thứ hai.",
    "Trợ cấp một lần khi sinh con là 4.680.000đ.",
    "Người bệnh trả 20% chi phí khi khám đúng tuyến.",
    "Tiền được chuyển vào tài khoản ngân hàng trong vòng 3 ngày.",
    "Lương tối thiểu vùng hai là 4.410.000đ mỗi tháng.",
    "Bưu điện sẽ giao thẻ tận nhà, phí gửi 25.000đ.",
    "Khi đến, nhớ mang căn cước công dân và sổ gốc.",
    "Hồ sơ gồm đơn đề nghị, giấy khai sinh và ảnh chân dung.",
    "Người làm thay cần giấy ủy quyền có chứng thực của phường.",
    "Nếu mất sổ, hãy viết đơn theo mẫu phát tại quầy.",
    "Bệnh nhân cần giữ giấy ra viện và hóa đơn.",
    "Mỗi giấy tờ cần 2 bản sao, không cần công chứng.",
    "Nhờ bạn gọi cho chị Hạnh, phòng thu, số máy lẻ 105.",
    "Đường dây này quá tải từ 8h đến 10h, gọi buổi chiều sẽ nhanh hơn.",
    "Công ty còn nợ tiền đóng nên chưa chốt được thời gian của chị.",
    "Do bão số 6, các văn phòng ven biển tạm dừng tiếp khách.",
)


def peoples_sentences(clips: Iterable[Clip], most: int, seed: int) -> list[Clip]:
    """At most `most` clips of people reading sentences without figures, recorded at 16 kHz or more.

    Raises:
        AudioError: there are none.
    """
    fitting = [
        clip
        for clip in clips
        if clip.kind == "sentence" and clip.source_hz >= WIDE_BAND_HZ and not any(map(str.isdigit, clip.text))
    ]
    if not fitting:
        raise AudioError(
            "Bảng không có câu nào (kind là sentence, từ 16 kHz, lời không có chữ số) ở phần này. Đổi --split."
        )
    drawn = random.Random(seed)  # noqa: S311 - which clips
    return drawn.sample(fitting, min(most, len(fitting)))
