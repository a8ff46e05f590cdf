"""From what a person showed to steps: secrets by variable, of several attempts the last."""

from __future__ import annotations

from harness.brand_file.shown import Derived, Kind, Shown, derive


def did(kind: Kind, target: str, value: str = "", **more: object) -> Shown:
    """Return one thing that a person did; the same target is the same element."""
    values = {"document": "d1", "element": sum(map(ord, target)), **more}
    return Shown(kind=kind, target=target, value=value, **values)  # type: ignore[arg-type] # by their names


USER, PASSWORD, BUTTON = did("fill", "Username", "alice"), did("secret", "Password"), did("click", "Sign in")
LOGIN = (
    {"fill": "Username", "value": "alice"},
    {"fill": "Password", "env": "ALICE_PASSWORD"},
    {"click": "Sign in"},
)


def derived(*shown: Shown, **more: object) -> Derived:
    """Return what alice's login amounts to."""
    return derive(shown, account="alice", **more)  # type: ignore[arg-type] # by their names


def test_a_login_becomes_steps() -> None:
    """The password's variable is named after the account."""
    assert Derived(steps=LOGIN, variables=("ALICE_PASSWORD",)) == derived(USER, PASSWORD, BUTTON)


def test_every_kind_has_its_step() -> None:
    """As the file writes it."""
    assert (
        {"select": "Country", "value": "Norway"},
        {"check": "Remember me"},
        {"press": "Enter"},
        {"totp": "Code", "env": "ALICE_TOTP"},
    ) == derived(
        did("select", "Country", "Norway"),
        did("check", "Remember me"),
        did("press", "Enter"),
        did("totp", "Code"),
    ).steps


def test_what_is_typed_anew_in_a_field_is_typed_once() -> None:
    """The last word counts; clicks on one thing are as many as they were."""
    typed = did("fill", "Username", "al"), USER, BUTTON, BUTTON

    assert (LOGIN[0], LOGIN[2], LOGIN[2]) == derived(*typed).steps


def test_a_key_that_presses_the_button_is_the_button() -> None:
    """Elsewhere the key is pressed."""
    enter, pressed = did("press", "Enter"), did("click", "Sign in", by_key=True)

    assert LOGIN == derived(USER, PASSWORD, enter, pressed).steps
    assert (LOGIN[1], {"press": "Enter"}, LOGIN[2]) == derived(PASSWORD, enter, BUTTON).steps
    assert (LOGIN[1], {"press": "Enter"}, LOGIN[2]) == derived(
        PASSWORD, enter, did("click", "Sign in", by_key=True, document="d2")
    ).steps


def test_the_last_of_several_attempts_is_kept() -> None:
    """From where it began anew, on one page or over several; that something was left out is said."""
    on = did("click", "Next")
    attempts = (
        (USER, PASSWORD, BUTTON, USER, PASSWORD, BUTTON),
        (USER, PASSWORD, BUTTON, PASSWORD, BUTTON, PASSWORD, BUTTON),
    )

    for one in attempts:
        assert LOGIN == derived(*one).steps
        assert ("an attempt that was made again was left out",) == derived(*one).notes
    pages = USER, on, PASSWORD, BUTTON
    expected = derived(*pages).steps
    assert expected == derived(*pages, *pages).steps == derived(*pages, PASSWORD, BUTTON).steps


def test_two_secrets_have_two_variables() -> None:
    """A variable that the file has is kept."""
    pin = did("secret", "PIN")

    assert ("ALICE_PASSWORD", "ALICE_PASSWORD_2") == derived(PASSWORD, pin).variables
    assert ("ACME_PASSWORD", "ALICE_PASSWORD") == derived(
        PASSWORD, pin, known={"Password": "ACME_PASSWORD"}
    ).variables


def test_what_is_clicked_before_every_login_is_no_part_of_one() -> None:
    """The file says it once, in before."""
    assert LOGIN == derived(did("click", "Accept all"), USER, PASSWORD, BUTTON, before=("Accept all",)).steps


def test_a_frame_is_entered_and_left() -> None:
    """Where the steps go on in the page itself."""
    inside = tuple(
        Shown(kind=one.kind, document="d2", element=one.element, target=one.target, frame="Login")
        for one in (PASSWORD,)
    )

    assert (LOGIN[0], {"frame": "Login"}, LOGIN[1], {"frame": ""}, LOGIN[2]) == derived(
        USER, *inside, BUTTON
    ).steps


def test_a_one_time_code_is_explained() -> None:
    """Its variable holds what the code is made from."""
    (note,) = derived(did("totp", "Code")).notes

    assert "harness login keeps a session instead" in note
