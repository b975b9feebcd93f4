"""The designs a poster comes in, in the words of whoever hangs it."""

from dataclasses import dataclass
from datetime import date

from qr.posters import Poster, PosterSize
from survey.wording import mark


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
        Design(PosterSize.A4, "A4", mark("Treo tường, cửa, phòng chờ; quét từ 1 m"), mark("A4")),
        Design(PosterSize.A5, "A5", mark("Ô kính của quầy, bảng tin; quét từ 70 cm"), mark("A5")),
        Design(
            PosterSize.TENT,
            mark("Để bàn"),
            mark("Gấp lại đặt trên quầy, đọc được từ hai phía; quét từ 80 cm"),
            mark("A4, giấy dày từ 160 g/m²"),
        ),
        Design(
            PosterSize.STICKER,
            mark("Nhãn dán"),
            mark("8 nhãn 105 × 74 mm của cùng một điểm phục vụ: cạnh quầy, phong bì, bìa hồ sơ; quét từ 35 cm"),
            mark("A4, giấy nhãn hoặc giấy dán"),
        ),
    )
}

# Stands on the small pictures of the designs only. Its code is none of ours: the check character is wrong.
SAMPLE = Poster(
    agency=mark("Tên cơ quan"),
    service_point=mark("Tên điểm phục vụ"),
    address="HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDEFG",
    readable_address="khaosat.example.vn/k/ABCDEFG",
    code="ABCDEFG",
    serial="ABCDEFG-000000",
    printed_on=date(2026, 1, 1),
)
