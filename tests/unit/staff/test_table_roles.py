"""Rows written plainly, and what is put into them."""

from markupsafe import Markup

from survey.web.tables import headings, in_roles

HEADS = headings(["Cơ quan", "Số phiếu", "Ghi chú"], ["Số phiếu"])


def dressed(rows: str, *, labelled: bool = True) -> str:
    return in_roles(Markup(rows), HEADS, labelled=labelled)


def test_a_cell_has_the_role_the_class_and_the_label_of_its_column() -> None:
    assert '<tr role="row"><th role="rowheader" scope="row">A</th>' in dressed("<tr><th>A</th><td>1</td></tr>")
    assert '<td role="cell" class="number" data-label="Số phiếu">1</td>' in dressed("<tr><th>A</th><td>1</td></tr>")
    assert '<td role="cell" data-label="Ghi chú">x</td>' in dressed("<tr><th>A</th><td>1</td><td>x</td></tr>")


def test_each_row_begins_at_the_first_column() -> None:
    assert dressed("<tr><th>A</th><td>1</td></tr>" * 2).count('data-label="Số phiếu"') == 2


def test_a_cell_keeps_its_own_class_and_label_and_an_empty_label_is_none() -> None:
    assert '<td role="cell" data-label="Số phiếu" class="mono">' in dressed(
        '<tr><th>A</th><td class="mono">1</td></tr>'
    )
    assert '<td role="cell" class="number" data-label="Số">' in dressed('<tr><th>A</th><td data-label="Số">1</td></tr>')
    assert '<td role="cell" class="number">1</td>' in dressed('<tr><th>A</th><td data-label="">1</td></tr>')


def test_a_cell_over_several_columns_has_no_label_and_the_next_one_its_own() -> None:
    rows = dressed('<tr><td colspan="2">–</td><td>x</td></tr>')
    assert '<td role="cell" colspan="2">–</td> <td role="cell" data-label="Ghi chú">x</td>' in rows


def test_without_blocks_no_cell_is_labelled() -> None:
    assert "data-label" not in dressed("<tr><th>A</th><td>1</td></tr>", labelled=False)


def test_groups_of_rows_keep_their_heads() -> None:
    rows = dressed('<tbody><tr><th scope="rowgroup" colspan="3">Khối</th></tr></tbody>')
    assert rows.startswith('<tbody role="rowgroup"><tr role="row"><th role="rowheader" scope="rowgroup" colspan="3">')
    assert rows.count("<tbody") == 1


def test_what_people_typed_is_no_tag() -> None:
    typed = Markup("<tr><td>{}</td></tr>").format("<td>")
    assert dressed(typed).count("<td") == 1


def test_a_heading_is_escaped_in_the_label() -> None:
    assert 'data-label="&#34;A&#34;"' in in_roles(Markup("<tr><td>1</td></tr>"), headings(['"A"']), labelled=True)
