"""The designs a poster comes in, in the words of whoever hangs it."""

from dataclasses import dataclass
from datetime import date

from qr.posters import Poster, PosterSize


@dataclass(frozen=True, slots=True)
class Design:
    """A design: its name, where it hangs, and what it is printed on. One service point is one sheet."""

    size: PosterSize
    name: str
    place: str
    paper: str


DESIGNS = {
    one.size: one
    for one in (
        Design(PosterSize.A4, "A4", "Treo tường, cửa, phòng chờ; quét từ 1 m", "giấy A4"),
        Design(PosterSize.A5, "A5", "Ô kính của quầy, bảng tin; quét từ 70 cm", "giấy A5"),
        Design(PosterSize.TENT, "Để bàn", "Gấp lại đặt trên quầy, đọc được từ hai phía", "giấy A4 dày từ 160 g/m²"),
        Design(
            PosterSize.STICKER,
            "Nhãn dán",
            "8 nhãn 105 × 74 mm của cùng một điểm: cạnh quầy, phong bì, bìa hồ sơ",
            "giấy nhãn A4 hoặc giấy dán A4",
        ),
    )
}

# Stands on the small pictures of the designs only. Its code is none of ours: the check character is wrong.
SAMPLE = Poster(
    agency="Tên cơ quan",
    service_point="Tên điểm phục vụ",
    address="HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDEFG",
    readable_address="khaosat.example.vn/k/ABCDEFG",
    code="ABCDEFG",
    serial="ABCDEFG-000000",
    printed_on=date(2026, 1, 1),
)
