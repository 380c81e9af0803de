"""Passwords are hashed slowly, and an account without one is no faster to refuse."""

from time import process_time

from rdvdav.policy.password import hash_password, password_matches


def test_a_password_opens_its_own_hash_alone() -> None:
    stored = hash_password("châtaigne bleue")

    assert stored.startswith("$argon2id$")
    assert password_matches(stored, "châtaigne bleue")
    assert not password_matches(stored, "châtaigne verte")
    assert hash_password("châtaigne bleue") != stored


def test_nothing_opens_an_account_without_password() -> None:
    assert not password_matches(None, "")
    assert not password_matches("no hash at all", "no hash at all")


def test_an_unknown_account_takes_the_time_of_a_known_one() -> None:
    stored = hash_password("châtaigne bleue")
    password_matches(None, "once, so that nobody's hash exists")

    def seconds(hashed: str | None) -> float:
        start = process_time()
        password_matches(hashed, "châtaigne verte")
        return process_time() - start

    known, unknown = min(seconds(stored) for _ in range(5)), min(seconds(None) for _ in range(5))
    assert unknown > known / 2
