"""What whoever holds all traces can make of them: orders, pairs, senders, digests and receipts."""

import base64
import hashlib
import re

import numpy as np
from sqlalchemy import Boolean, Date, Integer, LargeBinary, String, inspect, text

from survey.responses import RECEIPT_PATTERN
from tests.integration.collecting.hall import HALF_DAYS, IN_HALF_DAY, POINTS


def ranks(values):
    """Return ranks, equal ones sharing their mean."""
    _, place, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def correlation(places, sent, truth):
    """Return Spearman's correlation between a trace and the truth inside half-days, which are known to all."""
    half_days = np.array([one.half_day for one in sent])
    both = np.array([[places[one.key.row] for one in sent], truth], dtype=float)
    for half_day in set(half_days.tolist()):
        inside = half_days == half_day
        both[:, inside] = [line - line.mean() for line in map(ranks, both[:, inside])]
    spread = np.sqrt((both**2).sum(axis=1).prod())
    return float(both.prod(axis=0).sum() / spread) if spread else 0.0


def right_guesses(responses, comments, sent):
    """Return how many comments are found by giving each agency's n-th response the agency's n-th comment.

    Where a trace says nothing, the keys, which every reader sees, decide.
    """
    right = 0
    for point in POINTS:
        here = [one for one in sent if one.point == point]
        by_response = sorted(here, key=lambda one: (responses[one.key.row], one.key.row))
        by_comment = sorted(here, key=lambda one: (comments[one.key.comment], one.key.comment))
        right += sum(one is other for one, other in zip(by_response, by_comment, strict=True))
    return right


def case_order(places, complaints):
    """Return Spearman's correlation between a trace of the cases and the order in which they came."""
    both = np.array([ranks([places[one.code] for one in complaints]), ranks([one.sender for one in complaints])])
    both -= both.mean(axis=1, keepdims=True)
    spread = np.sqrt((both**2).sum(axis=1).prod())
    return float(both.prod(axis=0).sum() / spread) if spread else 0.0


def right_senders(responses, cases, sent, complaints):
    """Return how many cases are found by the response that stands last before them, of the same trace and agency."""
    right = 0
    for complaint in complaints:
        sender = sent[complaint.sender]
        before = [
            (responses[one.key.row], one.key.row)
            for one in sent
            if one.point == sender.point and responses[one.key.row] <= cases[complaint.code]
        ]
        right += bool(before) and max(before)[1] == sender.key.row
    return right


def fingerprints(one):
    """Return the first eight bytes of everything computed from an answering that would join it to its row."""
    secrets = (one.key.secret, one.receipt.encode(), one.receipt.replace("-", "").encode(), one.record.encode())
    digests = [hashlib.new(name, secret).digest() for name in ("md5", "sha1", "sha256", "sha512") for secret in secrets]
    blakes = [hashlib.blake2b(secret, digest_size=size).digest() for size in (8, 16, 20, 32) for secret in secrets]
    clear = (one.key.secret, base64.urlsafe_b64encode(one.key.secret), *secrets[1:3])
    return {found[:8] for found in (*digests, *blakes, hashlib.blake2b(secrets[0]).digest(), *clear)}


def stored_fingerprints(data, sent):
    """Return how many fingerprints of answerings the bytes hold; hexadecimal text counts as the bytes it means."""
    meant = [
        found[odd : odd + (len(found) - odd) // 2 * 2]
        for found in re.findall(rb"[0-9a-fA-F]{16,}", data)
        for odd in (0, 1)
    ]
    data += b"".join(bytes.fromhex(found.decode()) for found in meant)
    wanted = np.frombuffer(b"".join(set.union(*map(fingerprints, sent))), "<u8")
    views = (np.frombuffer(data, "<u8", offset=start, count=(len(data) - start) // 8) for start in range(8))
    return sum(len(np.intersect1d(view, wanted)) for view in views)


def receipts_in(data, sent):
    """Return how many receipts the bytes hold in clear."""
    return len(
        {found.decode() for found in re.findall(RECEIPT_PATTERN.replace("(", "(?:").encode(), data)}
        & {one.receipt for one in sent}
    )


TIMELESS = Boolean | Integer | LargeBinary | String | Date


def fine_times(store, names):
    """Return the columns that could hold a time of day, or anything but a key, a number, a day, a text or a yes."""
    columns = [column for name in names for column in inspect(store.engine).get_columns(name)]
    return [column["name"] for column in columns if not isinstance(column["type"], TIMELESS)]


def arrival(hall):
    return range(len(hall.sent))


def lateness(hall):
    return [number >= HALF_DAYS * IN_HALF_DAY for number in arrival(hall)]


def tells_of_somebody(seen, hall):
    """Return what of the citizens of the first half-day stands in a text: points, receipts, comments, keys, cases."""
    sent = hall.sent[:IN_HALF_DAY]
    known = {*POINTS, "127.0.0.1", *(f"Ý kiến thứ {number}" for number in range(IN_HALF_DAY))}
    found = {one for one in known if one in seen}
    return len(found) + receipts_in(seen.encode(), sent) + stored_fingerprints(seen.encode(), sent)


def of_citizens(counts):
    """Return the lines of counts that citizens move."""
    kinds = ("hai_long_answers", "hai_long_refusals", "hai_long_citizen", "hai_long_fallbacks", "hai_long_step")
    return [line for line in counts.splitlines() if line.startswith(kinds)]


def values_of_one_case(hall):
    """Return every text and every bytes of a case that no other case has, and whose it is."""
    with hall.store.reading() as connection:
        rows = connection.execute(text("SELECT * FROM feedback_case")).mappings().all()
    found = {}
    for row in rows:
        for value in row.values():
            if isinstance(value, str | bytes | memoryview):
                found.setdefault(plain(value), []).append(row["code"].encode())
    return {value: codes[0] for value, codes in found.items() if len(codes) == 1}


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def known_of_cases(data, complaints):
    """Return how many codes, secrets and texts of cases the bytes hold."""
    known = {one for case in complaints for one in (case.code, case.secret.encode(), case.text.encode())}
    return sum(one in data for one in known)


def key_digests(data, complaints):
    """Return how many keys of forms, and plain digests of them, the bytes hold."""
    digests = (hashlib.new(name, one.key).digest() for one in complaints for name in ("md5", "sha1", "sha256"))
    return sum(found in data or found.hex().encode() in data for found in (*digests, *(one.key for one in complaints)))
