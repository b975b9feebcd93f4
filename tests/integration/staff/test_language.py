"""Staff read the pages in the language they chose, from then on and on every device."""

from tests.sign_in import admit, token_of


def choose(client, language: str, *, next_page: str = ""):
    """Press the button for the other language."""
    sent = {"token": token_of(client, "/staff/account"), "chosen": language}
    return client.post(f"/staff/account/language?next={next_page}", data=sent)


def test_a_chosen_language_stays_until_the_other_one_is_chosen(client, store) -> None:
    admit(client, store)
    assert "Đăng xuất" in client.get("/staff/account").text
    chosen = choose(client, "en", next_page="/staff/plans")
    assert (chosen.status_code, chosen.location) == (303, "/staff/plans")
    for path in ("/staff/plans", "/staff/account"):
        english = client.get(path).text
        assert '<html lang="en">' in english
        assert "Sign out" in english
        assert "Đăng xuất" not in english
    assert choose(client, "vi").location == "/staff/account"
    assert "Đăng xuất" in client.get("/staff/account").text


def test_nobody_is_led_elsewhere_by_choosing_a_language(client, store) -> None:
    admit(client, store)
    assert choose(client, "en", next_page="https://elsewhere.example/").location == "/staff/account"
